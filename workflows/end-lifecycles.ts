import type { ImportRound } from '../src/domain/import.ts';
import { walkToEnd } from './lifecycle-walk.ts';

/** Tells the lifecycles of an undone import's bookings that these are gone, and so they end. Gives how many. */
export async function EndLifecyclesWorkflow(round: ImportRound): Promise<{ ended: number }> {
  return { ended: await walkToEnd('end', round) };
}
