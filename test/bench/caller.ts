import { loadConfig } from '../../src/config.ts';
import { connectTemporal } from '../../src/temporal.ts';
import type { BareUpdateWorkflow } from './bare/workflow.ts';
import { type Call, type Calls, timeCalls } from './calls.ts';
import type { Called } from './open-caller.ts';

// Who calls and measures, a process of its own that does nothing else: an upload in the same one would be measured too.

const { apiUrl, token, bookingIds, bareIds } = JSON.parse(process.argv[2] ?? '') as Called;
const { client } = await connectTemporal(loadConfig(process.env).temporal);
const doors: Record<Calls['to'], Call> = { own: changeByRest(), bare: updateBare() };
process.on('message', async (calls: Calls) => process.send?.(await timeCalls(doors[calls.to], calls)));
process.once('disconnect', () => process.exit(0));
process.send?.('ready');

/** Cancels bookings and takes them back, one after the other. */
function changeByRest(): Call {
  const next = inCircle(bookingIds);
  const cancelled = new Set<string>();
  return async () => {
    const id = next();
    const status = cancelled.has(id) ? 'PENDING' : 'CANCELLED';
    const response = await fetch(`${apiUrl}/api/admin/bookings/${id}/status`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ status }),
    });
    const body = (await response.json()) as { status?: unknown };
    if (response.status !== 200 || body.status !== status) return false;
    if (status === 'CANCELLED') cancelled.add(id);
    else cancelled.delete(id);
    return true;
  };
}

function updateBare(): Call {
  const next = inCircle(bareIds);
  return async () => {
    const id = next();
    const handle = client.workflow.getHandle<typeof BareUpdateWorkflow>(id);
    return (await handle.executeUpdate<string, [string]>('bare', { args: [id] })) === id;
  };
}

function inCircle(ids: string[]): () => string {
  let n = -1;
  return () => {
    n = (n + 1) % ids.length;
    return ids[n] as string;
  };
}
