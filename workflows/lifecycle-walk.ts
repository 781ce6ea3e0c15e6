import { continueAsNew, proxyActivities, setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';
import type { ImportRound } from '../src/domain/import.ts';
import type { LifecycleWalk } from '../src/domain/lifecycle-walk.ts';

/** Some hundred portions of a minute each. */
const FULL_EVENTS = 1_000;

// Tried for ever: what was begun must come to its end, whatever is away meanwhile.
const { walkLifecycles } = proxyActivities<Activities>({
  startToCloseTimeout: '5 minutes',
  heartbeatTimeout: '10s',
  retry: { initialInterval: '500ms', maximumInterval: '30s' },
});

/** Walks to the end, portion by portion; the position is in Postgres, so a new run takes up where the last one was. */
export async function walkToEnd(kind: LifecycleWalk['kind'], { importId, round }: ImportRound): Promise<number> {
  for (;;) {
    const { done, due, finished } = await walkLifecycles({ importId, round, kind });
    setCurrentDetails(`**${done} of ${due}** bookings`);
    if (finished) return done;
    if (isFull()) await continueAsNew({ importId, round });
  }
}

function isFull(): boolean {
  const { continueAsNewSuggested, historyLength } = workflowInfo();
  return continueAsNewSuggested || historyLength > FULL_EVENTS;
}
