import { call } from '../../support/rest.ts';
import type { Stack } from '../../support/stack.ts';
import { median, round } from '../figures.ts';
import { addBookings, withLifecycles } from '../lifecycle-stack.ts';
import type { Bench } from '../scenario.ts';
import { TEMPORAL_SERVER } from '../servers.ts';

const BOOKINGS = 10;

/** From the SIGKILL of the worker that has bookings in its cache, beside another one, until their next changes answer. */
export const afterKill = ({ options: { runs }, say }: Bench): Promise<void> =>
  withLifecycles({}, async ({ stack, worker }) => {
    const bookingIds = await addBookings(stack, BOOKINGS);
    const seconds: number[] = [];
    let doomed = worker;
    for (let run = 1; run <= runs; run += 1) {
      await Promise.all(bookingIds.map((id) => change(stack, id, 'CANCELLED')));
      const other = await stack.startWorker('bookings', 'notifications');
      const began = performance.now();
      await doomed.kill();
      const answered = bookingIds.map(async (id) => {
        await change(stack, id, 'PENDING');
        seconds.push((performance.now() - began) / 1000);
      });
      await Promise.all(answered);
      doomed = other;
    }
    const figures = { median: round(median(seconds), 2), max: round(Math.max(...seconds), 2) };
    say({ what: 'after a kill', temporal: TEMPORAL_SERVER, kills: runs, bookings: BOOKINGS, seconds: figures });
  });

async function change(stack: Stack, id: string, status: string): Promise<void> {
  const answer = await call(stack, 'PATCH', `/api/admin/bookings/${id}/status`, { status });
  if (answer.status !== 200) throw new Error(`${answer.status}: ${JSON.stringify(answer.body)}`);
}
