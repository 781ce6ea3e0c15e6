import { join } from 'node:path';
import { untilEnded, uploadPath } from '../../support/rest.ts';
import type { Stack } from '../../support/stack.ts';
import { waitFor } from '../../support/wait-for.ts';
import { openBareWorker, timeBareStarts, untilCounted } from '../bare/open-bare.ts';
import { writeBookingsFile } from '../bookings-file.ts';
import { median, ratio, round } from '../figures.ts';
import { type LifecycleStack, withLifecycles } from '../lifecycle-stack.ts';
import type { Bench } from '../scenario.ts';
import { TEMPORAL_SERVER } from '../servers.ts';

const STARTS = 1_000;
/** In flight, as the walk has them. */
const LANES = 20;

/** Starts a second of an import's lifecycles with no rate to hold them, against those of workflows that do nothing. */
export const fullSpeed = ({ options: { runs }, directory, say }: Bench): Promise<void> =>
  withLifecycles({ LIFECYCLE_STARTS_PER_SECOND: '10000' }, async (lent) => {
    const bareWorker = await openBareWorker(lent.stack.env);
    const figures = { own: [] as number[], bare: [] as number[] };
    for (let run = 1; run <= runs; run += 1) {
      figures.bare.push(await runBare(lent, run));
      figures.own.push(await runOwn(lent, join(directory, 'full-speed.csv'), run));
    }
    await bareWorker.close();
    const [own, bare] = [median(figures.own), median(figures.bare)].map((value) => round(value)) as [number, number];
    const startsPerSecond = { own, bare };
    say({
      what: 'full speed',
      temporal: TEMPORAL_SERVER,
      starts: STARTS,
      runs,
      startsPerSecond,
      timesBare: ratio(own, bare),
    });
  });

async function runBare({ temporal: { client } }: LifecycleStack, run: number): Promise<number> {
  const seconds = await timeBareStarts(client, run, { count: STARTS, lanes: LANES });
  await untilCounted(client, `WorkflowType = 'BareStartWorkflow' and ExecutionStatus = 'Completed'`, run * STARTS);
  return round(STARTS / seconds);
}

async function runOwn({ stack, temporal: { client } }: LifecycleStack, file: string, run: number): Promise<number> {
  await writeBookingsFile(file, { rows: STARTS, badPercent: 0, seed: run, prefix: `FULL${run}` });
  const { id } = await untilEnded(stack, (await uploadPath(stack, file)).id);
  const seconds = await secondsOfWalk(stack, id);
  // What they have still to do would be in the way of the others' turn.
  await untilCounted(client, `BookingImport = '${id}'`, STARTS);
  return round(STARTS / seconds);
}

async function secondsOfWalk(stack: Stack, importId: string): Promise<number> {
  let seconds: number | null | undefined;
  await waitFor(
    async () => {
      const [walk] = await stack.store.rows<{ seconds: number | null }>(
        'select extract(epoch from finished_at - created_at)::float8 as seconds from lifecycle_walks where import_id = $1',
        [importId],
      );
      seconds = walk?.seconds;
      return typeof seconds === 'number';
    },
    120_000,
    100,
  );
  return seconds ?? Number.NaN;
}
