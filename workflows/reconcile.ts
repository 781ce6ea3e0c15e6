import { log, proxyActivities, setCurrentDetails } from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';
import { addMended, type Mended, NONE_MENDED, type ReconcileInput } from '../src/domain/reconcile.ts';

const retry = { maximumAttempts: 3 };
const {
  startLostImports,
  startLostWalks,
  handLeftCommands,
  // On this queue: on their own they would wait for the very worker that is away.
  deliverLeftNotifications,
  readReconcilePosition,
  recordReconcile,
} = proxyActivities<Activities>({ startToCloseTimeout: '1 minute', retry });
const { mendLifecycles } = proxyActivities<Activities>({
  startToCloseTimeout: '10 minutes',
  heartbeatTimeout: '10s',
  retry,
});

/** Longer than any client repeats a call: 39 s were seen. */
const QUIET_SECONDS = 60;
/** Of 2,000 bookings each: a hundred thousand are gone through in ten runs, one a minute. */
const WINDOWS = 5;

/**
 * Looks for what fell between Postgres and Temporal, and mends it; gives counts by kind. A Schedule runs it each
 * minute, and then it goes through a part of the bookings; whoever wants it `full` goes through all.
 */
export async function ReconcileWorkflow({
  full = false,
  quietSeconds = QUIET_SECONDS,
}: ReconcileInput = {}): Promise<Mended> {
  const [imports, commands, walks, notifications] = await Promise.all([
    startLostImports(),
    handLeftCommands(),
    startLostWalks(),
    deliverLeftNotifications(),
  ]);
  const lifecycles = await goThroughBookings(full, quietSeconds);
  const mended: Mended = {
    importsStarted: imports.started,
    walksStarted: walks.started,
    commandsHanded: commands.handed,
    notificationsDelivered: notifications.delivered,
    lifecyclesStarted: lifecycles.started,
    lifecyclesRefreshed: lifecycles.refreshed,
    lifecyclesEnded: lifecycles.ended,
  };
  await recordReconcile({ ...mended }, lifecycles.position);
  setCurrentDetails(describe(mended));
  if (Object.values(mended).some((count) => count > 0)) log.warn('the reconcile had something to mend', { ...mended });
  return mended;
}

async function goThroughBookings(full: boolean, quietSeconds: number) {
  let total = NONE_MENDED;
  let after: string | null = full ? '' : await readReconcilePosition();
  for (let windows = 0; after !== null && (full || windows < WINDOWS); windows += 1) {
    const { next, ...mended }: Awaited<ReturnType<typeof mendLifecycles>> = await mendLifecycles({
      after,
      quietSeconds,
    });
    total = addMended(total, mended);
    after = next;
  }
  return { ...total, position: full ? null : (after ?? '') };
}

const describe = (mended: Mended): string =>
  Object.entries(mended)
    .map(([kind, count]) => `${kind}: ${count}`)
    .join('\n\n');
