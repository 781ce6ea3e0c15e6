import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { provisioning } from '../../src/embedded/provision.ts';
import { provisionTemporalCli } from '../../src/embedded/provision-temporal-cli.ts';
import { provisionTestServer } from '../../src/embedded/provision-test-server.ts';
import { startTemporal } from '../../src/embedded/temporal.ts';

export interface TestTemporal {
  /** host:port */
  address: string;
  namespace: string;
}

let server: Promise<TestTemporal> | undefined;

/** The tests' dev server, in memory: `TEST_TEMPORAL_ADDRESS`, else one for this process, which ends together with it. */
export function testTemporal(): Promise<TestTemporal> {
  const given = process.env.TEST_TEMPORAL_ADDRESS;
  server ??= given ? Promise.resolve({ address: given, namespace: 'default' }) : startTestTemporal();
  return server;
}

/** A fresh environment in which time passes by skipping; the caller tears it down. Start-up takes about a second. */
export async function createTimeSkipping(): Promise<TestWorkflowEnvironment> {
  const path = process.env.TEST_TIME_SKIPPING_SERVER ?? (await provisionTestServer(provisioning(process.env)));
  return TestWorkflowEnvironment.createTimeSkipping({ server: { executable: { type: 'existing-path', path } } });
}

/** Workflows of one test must not find the workers of another. */
export async function createNamespace(address: string): Promise<string> {
  const namespace = `test-${randomBytes(4).toString('hex')}`;
  const connection = await Connection.connect({ address });
  try {
    await connection.workflowService.registerNamespace({
      namespace,
      workflowExecutionRetentionPeriod: { seconds: 86_400 as unknown as Long },
    });
  } finally {
    await connection.close();
  }
  return namespace;
}

async function startTestTemporal(): Promise<TestTemporal> {
  const cli = await provisionTemporalCli(provisioning(process.env));
  const directory = mkdtempSync(join(tmpdir(), 'booking-import-test-temporal-'));
  const logFile = join(process.env.TEST_LOG_DIR ?? directory, 'temporal.log');
  const running = await startTemporal({ cli, databaseFile: null, logFile, namespace: 'default', withUi: false });
  process.once('exit', () => {
    try {
      process.kill(running.pid, 'SIGKILL');
    } catch {
      // It is gone already.
    }
    rmSync(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  });
  running.unref();
  return { address: running.address, namespace: running.namespace };
}
