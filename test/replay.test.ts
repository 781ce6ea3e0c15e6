import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleWorkflowCode, type WorkerOptions } from '@temporalio/worker';
import type { BookingStatus } from '../src/domain/booking.ts';
import { TRANSITIONS } from '../src/domain/transitions.ts';
import { workflowBundle } from '../src/workflow-bundle.ts';
import * as workflows from '../workflows/index.ts';
import { transitionName } from './replay/booking-scenarios.ts';
import { PERSONAL } from './replay/people.ts';
import { HISTORIES, type RecordedHistory, readRecorded } from './replay/recorded-histories.ts';
import { type Replayed, replayHistories } from './replay/replay-histories.ts';
import { SCENARIOS } from './replay/scenarios.ts';
import { quietRuntime } from './support/quiet-runtime.ts';

type Bundle = NonNullable<WorkerOptions['workflowBundle']>;

describe('the recorded histories', function () {
  this.timeout(120_000);
  let recorded: RecordedHistory[];
  before(async () => {
    quietRuntime();
    recorded = await readRecorded();
  });

  async function replay(bundle: Bundle, histories = recorded): Promise<Replayed[]> {
    const found: Replayed[] = [];
    for await (const replayed of replayHistories(bundle, histories)) found.push(replayed);
    return found;
  }

  it("are repeated by today's workflows, event by event", async () => {
    const replayed = await replay(await workflowBundle('.data/cache'));
    assert.equal(replayed.length, recorded.length);
    assert.deepEqual(
      replayed.flatMap(({ name, error }) => (error ? [`${name}: ${error.message}`] : [])),
      [],
    );
  });

  it('are all refused by a lifecycle that has one timer more', async () => {
    const workflowsPath = join(import.meta.dirname, 'replay/broken-lifecycle/workflow.ts');
    const broken = await bundleWorkflowCode({ workflowsPath, logger: { ...console, log() {}, info() {}, trace() {} } });
    const bookings = recorded.filter(({ name }) => name.startsWith('booking-'));
    for (const { name, error } of await replay(broken, bookings))
      assert.equal(error?.name, 'DeterminismViolationError', `${name}: ${error?.message}`);
  });

  it('show every transition, every workflow, and every scenario that there is', () => {
    const names = recorded.map(({ name }) => name);
    for (const from of Object.keys(TRANSITIONS) as BookingStatus[])
      for (const to of TRANSITIONS[from]) assert.ok(names.includes(transitionName(from, to)), transitionName(from, to));
    const types = new Set(
      recorded.map(({ history }) => history.events?.[0]?.workflowExecutionStartedEventAttributes?.workflowType?.name),
    );
    assert.deepEqual([...types].sort(), Object.keys(workflows).sort());
    const own = names.filter((name) => !/-(goes-on|unpatched)$/.test(name));
    assert.deepEqual(own.sort(), Object.keys(SCENARIOS).sort());
  });

  it('hold nobody’s name, phone or e-mail, nor the machine that recorded them', () => {
    for (const { name, history } of recorded) {
      const texts = textsIn(history).join('\n');
      assert.match(texts, /B\d{3}|importId|WorkflowTask|Reconcile|Retention/, `${name} could be read`);
      for (const personal of PERSONAL) assert.ok(!texts.includes(personal), `${name} holds ${personal}`);
      assert.doesNotMatch(texts, /[\w.+-]+@[\w.-]+\.[a-z]{2,}|\+\d{8,}|\b\d+@[a-z]/i, name);
      assert.doesNotMatch(texts, /\/[\w.-]+\/(node_modules\/@temporalio|dist\/activities)\//, `${name} names a folder`);
    }
  });

  it('are small', async () => {
    for (const file of await readdir(HISTORIES)) {
      const { size } = await stat(join(HISTORIES, file));
      assert.ok(size < 200_000, `${file} has ${size} bytes`);
    }
  });
});

describe('npm run replay', function () {
  this.timeout(120_000);
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'booking-import-replay-'));
  });
  afterEach(() => rm(folder, { recursive: true }));
  const run = (args: string[]) => {
    const { status, stdout } = spawnSync('npm', ['run', '-s', 'replay', '--', ...args], { encoding: 'utf8' });
    return { status, lines: stdout.trim().split('\n') };
  };

  it('ends with 0 and the count when all is well', async () => {
    const { status, lines } = run([]);
    const { length } = await readdir(HISTORIES);
    assert.deepEqual([status, lines.at(-1), lines.length], [0, `${length} passed, 0 failed`, length + 1]);
  });

  it('ends with 1 and names the history that the code no longer repeats', async () => {
    const [good, strange] = await Promise.all(
      ['booking-note', 'booking-timer-moved'].map((name) => readFile(join(HISTORIES, `${name}.json`), 'utf8')),
    );
    await writeFile(join(folder, 'good.json'), good ?? '');
    await writeFile(join(folder, 'strange.json'), (strange ?? '').replaceAll('BookingLifecycle', 'Reconcile'));
    const { status, lines } = run([folder]);
    assert.deepEqual([status, lines[0], lines.at(-1)], [1, '✔ good', '1 passed, 1 failed']);
    assert.match(lines[1] ?? '', /^✘ strange: DeterminismViolationError/);
  });

  it('ends with 1 when there is nothing to replay', () => {
    assert.deepEqual(run([folder]), { status: 1, lines: [`no history in ${folder}`, '0 passed, 0 failed'] });
  });
});

/** Every text in a history, its payloads decoded. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (value instanceof Uint8Array) return [Buffer.from(value).toString()];
  return value && typeof value === 'object' ? Object.values(value).flatMap(textsIn) : [];
}
