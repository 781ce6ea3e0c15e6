import { log } from '@temporalio/workflow';
import { deliverNotifications } from './booking-activities.ts';

export interface Deliveries {
  /** Something waits to be told; returns at once. */
  tell(): void;
  areUnderWay(): boolean;
  /** Whether something is left to be told, by this run or by the next. */
  areLeft(): boolean;
}

/**
 * Has a booking's notifications delivered, behind the back of whoever changes it: one activity at a time, and what comes
 * while one is under way is told together by the next. A run that is full begins none.
 */
export function openDeliveries(bookingId: string, isFull: () => boolean): Deliveries {
  let isWanted = false;
  let isUnderWay = false;
  const deliver = async () => {
    isUnderWay = true;
    while (isWanted && !isFull()) {
      isWanted = false;
      await deliverNotifications(bookingId).catch((error) =>
        log.warn('notifications were not delivered; reconciliation takes them up', { error: String(error) }),
      );
    }
    isUnderWay = false;
  };
  return {
    tell: () => {
      isWanted = true;
      if (!isUnderWay) void deliver();
    },
    areUnderWay: () => isUnderWay,
    areLeft: () => isUnderWay || isWanted,
  };
}
