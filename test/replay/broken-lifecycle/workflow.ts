import { sleep } from '@temporalio/workflow';
import type { BookingInput } from '../../../workflows/booking-messages.ts';
import * as today from '../../../workflows/index.ts';

/** Today's, but for a moment's wait at its beginning: a timer that no recorded history knows of. */
export async function BookingLifecycleWorkflow(input: BookingInput): Promise<void> {
  await sleep('1 second');
  return today.BookingLifecycleWorkflow(input);
}
