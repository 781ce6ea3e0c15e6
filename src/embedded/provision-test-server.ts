import { chmod, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withLock } from './file-lock.ts';
import {
  type Attempt,
  firstThatWorks,
  isExecutable,
  onPath,
  type Provisioning,
  runQuietly,
  withElapsed,
} from './provision.ts';
import { sdkDownload } from './sdk-download.ts';

export const TEST_SERVER_VERSION = '1.38.0';
const REMEDY =
  'Install a Java runtime (11 or newer) and Maven: on Debian `apt-get install default-jre-headless maven`.';

/** The path of Temporal's time-skipping test server: a program that takes a port as its first argument. */
export async function provisionTestServer(given: Provisioning): Promise<string> {
  const directory = join(given.cache, `temporal-test-server-${TEST_SERVER_VERSION}`);
  const path = join(directory, 'temporal-test-server');
  if (await isExecutable(path)) return path;
  const wait = (pid: number) => given.report(`time-skipping server: waiting for process ${pid}, which is getting it`);
  return withLock(join(directory, '.lock'), wait, async () => {
    if (await isExecutable(path)) return path;
    const ways = [() => downloaded(given, path), () => fromMaven(given, directory)];
    return firstThatWorks("Temporal's time-skipping server", REMEDY, ways);
  });
}

async function downloaded(given: Provisioning, path: string): Promise<Attempt> {
  const attempt = await sdkDownload(given, { kind: 'test-server', path });
  return 'path' in attempt ? attempt : { reason: `the SDK's download: ${attempt.reason}` };
}

/** 39 jars, 18 s on two cores. Maven keeps what an interrupted run has fetched. */
async function fromMaven(given: Provisioning, directory: string): Promise<Attempt> {
  const [mvn, java] = [await onPath(given.env, 'mvn'), await onPath(given.env, 'java')];
  if (!java) return { reason: 'Maven: no `java` on PATH' };
  if (!mvn) return { reason: 'Maven: no `mvn` on PATH' };
  given.report(`time-skipping server: mvn io.temporal:temporal-test-server:${TEST_SERVER_VERSION} (about 20 s, once)`);
  const unfinished = join(directory, 'lib.unfinished');
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true });
  await writeFile(join(directory, 'pom.xml'), POM);
  const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${unfinished}`];
  const args = ['-B', '-q', '-f', join(directory, 'pom.xml'), ...goal];
  const run = runQuietly({ program: mvn, args, env: given.env, patienceMs: 10 * 60_000 });
  const failure = await withElapsed(given.report, 'time-skipping server: mvn', run);
  if (failure !== undefined) return { reason: `Maven: ${failure}` };
  await rm(join(directory, 'lib'), { recursive: true, force: true });
  await rename(unfinished, join(directory, 'lib'));
  return { path: await writeLauncher(directory, java) };
}

/** Last, and by a rename: whoever sees the launcher finds every jar in its place. */
async function writeLauncher(directory: string, java: string): Promise<string> {
  const path = join(directory, 'temporal-test-server');
  const draft = `${path}.draft`;
  const command = `"${java}" -cp "${join(directory, 'lib')}/*" io.temporal.testserver.TestServer "$1"`;
  // A test machine starts several of these at once, so each gets a small heap and the quickest of the collectors.
  const options = 'JAVA_TOOL_OPTIONS="-Xmx512m -XX:+UseSerialGC -XX:TieredStopAtLevel=1"';
  await writeFile(draft, `#!/bin/sh\n${options} exec ${command} 2>/dev/null\n`);
  await chmod(draft, 0o755);
  await rename(draft, path);
  return path;
}

const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>booking-import</groupId>
  <artifactId>test-server</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>io.temporal</groupId>
      <artifactId>temporal-test-server</artifactId>
      <version>${TEST_SERVER_VERSION}</version>
    </dependency>
  </dependencies>
</project>
`;
