import type { ImportRound } from '../src/domain/import.ts';
import { walkToEnd } from './lifecycle-walk.ts';

/** Gives an import's bookings their lifecycles, at a rate that leaves room for whoever changes one. Gives how many. */
export async function ActivateBookingsWorkflow(round: ImportRound): Promise<{ started: number }> {
  return { started: await walkToEnd('start', round) };
}
