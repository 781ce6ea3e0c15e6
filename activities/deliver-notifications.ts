import { log } from '@temporalio/activity';
import type { Database } from '../db/connect.ts';
import {
  dropNotification,
  findLeftNotifications,
  listOpen,
  type NotifiedOf,
  type OpenNotification,
  recordDelivery,
} from '../db/notification-outbox.ts';
import { judgeNotification } from '../src/domain/notification.ts';
import { feedChannel, movedOn } from './feed-channel.ts';
import type { DueNotification, NotificationChannel } from './notification-channel.ts';

export interface DeliveryDeps {
  db: Database;
  /** Beside the feed. */
  channels: NotificationChannel[];
}

/** Of one booking more than this wait only after an outage; then they go portion by portion. */
const PORTION = 100;
// A workflow has them delivered within milliseconds; until then its tries may still be going on.
const LEFT_AFTER_SECONDS = 60;
/** Each takes some 5 ms: a run of the reconcile must end within a minute. */
const MOST_LEFT = 1_000;

/** Tells what waits to be told of a booking, and drops what no longer holds; gives how many were delivered. */
export const deliverNotifications = (deps: DeliveryDeps, bookingId: string): Promise<{ delivered: number }> =>
  deliverOpen(deps, { bookingId });

/** Tells what nobody came to tell: its workflow has ended or given up, or there is none. */
export async function deliverLeftNotifications(deps: DeliveryDeps): Promise<{ delivered: number }> {
  let delivered = 0;
  for (const of of await findLeftNotifications(deps.db, LEFT_AFTER_SECONDS, MOST_LEFT)) {
    // One that can't be delivered must not hold up the others.
    const done = await deliverOpen(deps, of).catch((error) => {
      log.warn('notifications are left for the next run', { ...of, error: String(error) });
      return { delivered: 0 };
    });
    delivered += done.delivered;
  }
  return { delivered };
}

export async function deliverOpen({ db, channels: others }: DeliveryDeps, of: NotifiedOf) {
  const feed = feedChannel(
    db,
    others.map(({ name }) => name),
  );
  const channels = [feed, ...others];
  for (let delivered = 0; ; ) {
    const open = await listOpen(db, of, PORTION);
    const due = await dropWhatFails(db, open);
    const ends = await Promise.allSettled(channels.map((channel) => handInOrder(db, due, channel, channels)));
    const failed = ends.find((end) => end.status === 'rejected');
    if (failed) throw failed.reason;
    delivered += due.length;
    if (open.length < PORTION) return { delivered };
  }
}

async function dropWhatFails(db: Database, open: OpenNotification[]) {
  const due: (OpenNotification & DueNotification)[] = [];
  for (const one of open) {
    const verdict = judgeNotification(one, one.booking, Date.now());
    const { onlyAt } = verdict;
    if (verdict.holds) due.push({ ...one, onlyAt });
    else if (!(await dropNotification(db, one.id, onlyAt, verdict.reason))) throw movedOn(one.id);
  }
  return due;
}

/** A channel that fails is asked again later, from there on; what it has had it doesn't get again. */
async function handInOrder(
  db: Database,
  due: (OpenNotification & DueNotification)[],
  channel: NotificationChannel,
  channels: NotificationChannel[],
): Promise<void> {
  const names = channels.map(({ name }) => name);
  for (const { deliveredBy, ...notification } of due) {
    const isNew = !deliveredBy.includes(channel.name);
    if (isNew) await channel.deliver(notification);
    if (!isNew || !channel.notes) await recordDelivery(db, notification.id, channel.name, names);
  }
}
