import { join } from 'node:path';
import { getImport, untilEnded, uploadPath } from '../../support/rest.ts';
import type { Stack } from '../../support/stack.ts';
import { writeBookingsFile } from '../bookings-file.ts';
import { joined, type Timed } from '../calls.ts';
import { median, ratio, round } from '../figures.ts';
import { addBookings, openWarmCaller, withLifecycles } from '../lifecycle-stack.ts';
import type { Caller } from '../open-caller.ts';
import type { Bench } from '../scenario.ts';
import { TEMPORAL_SERVER } from '../servers.ts';

/** Changes of status, idle and beside: as many a second, since an idle machine answers what is rare more slowly. */
const EVENLY = { to: 'own', count: 50, perSecond: 10 } as const;
/** Before and after, so that a machine that has changed meanwhile meets both. */
const IDLE_BLOCKS = 4;

/** The lifecycles of a big import start at their rate, while people change bookings. */
export const activation = ({ options: { bookings }, directory, say }: Bench): Promise<void> =>
  withLifecycles({ MAX_UPLOAD_BYTES: String(1 << 30) }, async ({ stack, startsPerSecond }) => {
    const file = join(directory, 'activation.csv');
    await writeBookingsFile(file, { rows: bookings, badPercent: 0, seed: 11 });
    const caller = await openWarmCaller(stack, { bookingIds: await addBookings(stack, 200), bareIds: [] });
    const before = await changeIdly(caller);
    const { id } = await untilEnded(stack, (await uploadPath(stack, file)).id);
    const { timed, rates } = await changeUntilStarted(stack, caller, id);
    const idle = joined([before, await changeIdly(caller)]);
    caller.close();
    say({
      what: 'activation',
      temporal: TEMPORAL_SERVER,
      bookings,
      startsPerSecond: {
        set: startsPerSecond,
        ...(await rateOf(stack, id)),
        slowest5s: Math.min(...rates),
        fastest5s: Math.max(...rates),
      },
      statusChange: { ...compare(idle, timed), failed: timed.failed },
    });
  });

async function changeIdly(caller: Caller): Promise<Timed> {
  const blocks: Timed[] = [];
  while (blocks.length < IDLE_BLOCKS) blocks.push(await caller.time(EVENLY));
  return joined(blocks);
}

/** Changes bookings until all lifecycles of an import have started; their starts a second in each block meanwhile. */
async function changeUntilStarted(stack: Stack, caller: Caller, importId: string) {
  const [blocks, rates]: [Timed[], number[]] = [[], []];
  let [before, since] = [(await getImport(stack, importId)).lifecycles.started, performance.now()];
  for (;;) {
    blocks.push(await caller.time(EVENLY));
    const [{ started, due }, now] = [(await getImport(stack, importId)).lifecycles, performance.now()];
    if (started === due) return { timed: joined(blocks), rates };
    rates.push(round(((started - before) * 1000) / (now - since)));
    [before, since] = [started, now];
  }
}

const compare = (idle: Timed, beside: Timed) => ({
  medianIdle: round(median(idle.ms)),
  medianBeside: round(median(beside.ms)),
  timesIdle: ratio(median(beside.ms), median(idle.ms)),
});

/** Over all of its time, by the database's clock. */
async function rateOf(stack: Stack, importId: string) {
  const [walk] = await stack.store.rows<{ seconds: number; done: number }>(
    `select done, extract(epoch from finished_at - created_at)::float8 as seconds from lifecycle_walks where import_id = $1`,
    [importId],
  );
  return { measured: round((walk?.done ?? 0) / (walk?.seconds ?? 0), 2), seconds: round(walk?.seconds ?? 0) };
}
