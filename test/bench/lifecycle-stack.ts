import { loadConfig } from '../../src/config.ts';
import { closeTemporal, connectTemporal, type Temporal } from '../../src/temporal.ts';
import { addBooking } from '../support/bookings.ts';
import { type Stack, type StackProcess, withStack } from '../support/stack.ts';
import { type Called, type Caller, openCaller } from './open-caller.ts';

export interface LifecycleStack {
  stack: Stack;
  /** The bookings' worker; imports have another one, as under `npm start`. */
  worker: StackProcess;
  temporal: Temporal;
  startsPerSecond: number;
}

/** Lends a stack like the one of `npm start`. */
export async function withLifecycles(env: NodeJS.ProcessEnv, use: (lent: LifecycleStack) => Promise<void>) {
  const stack = await withStack({ env });
  const config = loadConfig(stack.env);
  const temporal = await connectTemporal(config.temporal);
  try {
    const worker = await stack.startWorker('bookings', 'notifications');
    await use({ stack, worker, temporal, startsPerSecond: config.lifecycleStartsPerSecond });
  } finally {
    await closeTemporal(temporal);
    await stack.close();
  }
}

/** PENDING ones whose dates are far away. */
export const addBookings = (stack: Stack, count: number): Promise<string[]> =>
  Promise.all(Array.from({ length: count }, () => addBooking(stack.store)));

/** A caller that has called each once: workflows run, and code is warm. */
export async function openWarmCaller(stack: Stack, ids: Pick<Called, 'bookingIds' | 'bareIds'>): Promise<Caller> {
  const caller = await openCaller(stack.env, { apiUrl: stack.apiUrl, token: stack.adminToken, ...ids });
  await caller.time({ to: 'own', count: ids.bookingIds.length, perSecond: null });
  await caller.time({ to: 'bare', count: ids.bareIds.length, perSecond: null });
  return caller;
}
