import { ApplicationFailure } from '@temporalio/activity';
import type { Database } from '../db/connect.ts';
import { feedNotification } from '../db/notification-outbox.ts';
import type { NotificationChannel } from './notification-channel.ts';

/** The feed that the API shows and streams. It takes a notification and notes so in one transaction: exactly once. */
export const feedChannel = (db: Database, others: string[]): NotificationChannel => ({
  ...{ name: 'feed', notes: true },
  deliver: async ({ id, onlyAt }) => {
    if (!(await feedNotification(db, id, onlyAt, others))) throw movedOn(id);
  },
});

/** The booking was changed between the judging and the delivery: the next try judges anew. */
export const movedOn = (id: string): ApplicationFailure =>
  ApplicationFailure.retryable(`the booking of notification ${id} has just been changed`, 'BOOKING_MOVED_ON');
