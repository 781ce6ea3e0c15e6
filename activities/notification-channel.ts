import type { OpenNotification } from '../db/notification-outbox.ts';
import type { Notification } from '../src/domain/notification.ts';

/** A way by which people are told. */
export interface NotificationChannel {
  /** What stands in the record of deliveries; a channel that is renamed delivers nothing of before again. */
  name: string;
  /**
   * Hands a notification over, or throws to be asked again; others don't wait for it. After a crash it may be asked a
   * second time for what it has delivered: by the notification's id it knows that.
   */
  deliver(notification: DueNotification): Promise<void>;
  /** Whether that notes the delivery as well. */
  notes?: boolean;
}

/** One that was judged to hold. */
export interface DueNotification extends Notification, Pick<OpenNotification, 'booking'> {
  /** It holds as long as its booking is at this version; null: whatever becomes of it. */
  onlyAt: number | null;
}
