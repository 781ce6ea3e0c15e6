import { openBareWorker, startBareUpdates } from '../bare/open-bare.ts';
import { type Calls, joined, type Timed } from '../calls.ts';
import { percentile, ratio, round } from '../figures.ts';
import { addBookings, openWarmCaller, withLifecycles } from '../lifecycle-stack.ts';
import type { Caller } from '../open-caller.ts';
import type { Bench } from '../scenario.ts';
import { TEMPORAL_SERVER } from '../servers.ts';
import { openTraffic } from '../traffic.ts';

const BOOKINGS = 200;
const PER_SECOND = 10;
const BLOCK_SECONDS = 5;
/** One after the other, in blocks that take about as long. */
const IN_TURN = { count: 60, perSecond: null };

/** A change of status by REST against the bare update of a workflow, in the same minutes, while imports go on. */
export const statusChange = ({ options: { seconds, runs }, directory, say }: Bench): Promise<void> =>
  withLifecycles({}, async ({ stack, temporal }) => {
    const bare = await openBareWorker(stack.env);
    const bareIds = await startBareUpdates(temporal.client, BOOKINGS);
    const caller = await openWarmCaller(stack, { bookingIds: await addBookings(stack, BOOKINGS), bareIds });
    const traffic = await openTraffic(stack, directory);
    const oneAfterTheOther = await inBlocks(caller, runs, IN_TURN);
    const evenly = { count: BLOCK_SECONDS * PER_SECOND, perSecond: PER_SECOND };
    const tenASecond = await inBlocks(caller, Math.ceil(seconds / BLOCK_SECONDS), evenly);
    const beside = await traffic.end();
    caller.close();
    await bare.close();
    say({ what: 'status change', temporal: TEMPORAL_SERVER, beside, oneAfterTheOther, tenASecond });
  });

/** Both kinds in turn, so that the machine's noise meets both. */
async function inBlocks(caller: Caller, blocks: number, calls: Pick<Calls, 'count' | 'perSecond'>) {
  const [own, bare]: [Timed[], Timed[]] = [[], []];
  for (let block = 0; block < blocks; block += 1) {
    own.push(await caller.time({ to: 'own', ...calls }));
    bare.push(await caller.time({ to: 'bare', ...calls }));
  }
  return compare(joined(own), joined(bare));
}

function compare(own: Timed, bare: Timed) {
  const [ofOwn, ofBare] = [figuresOf(own), figuresOf(bare)];
  const timesBare = { median: ratio(ofOwn.median, ofBare.median), p99: ratio(ofOwn.p99, ofBare.p99) };
  return { own: ofOwn, bare: ofBare, timesBare };
}

const figuresOf = ({ ms, failed }: Timed) => ({
  calls: ms.length,
  failed,
  median: round(percentile(ms, 0.5)),
  p99: round(percentile(ms, 0.99)),
});
