import type { Request, Response } from 'express';
import { type BookingScope, findBookingView } from '../../db/booking-view.ts';
import type { Database } from '../../db/connect.ts';
import type { FeedScope } from '../../db/notification-feed.ts';
import type { BookingView } from '../domain/booking-view.ts';
import { fail, ok, type Result } from '../domain/failures.ts';
import { type Caller, callerIn } from './auth.ts';
import { isImportId } from './requests.ts';

/** An advisor sees what is assigned to him, an admin all; either no more than the token's dealers. */
export const scopeOf = ({ role, subject, dealers }: Caller): BookingScope => ({
  advisorEmail: role === 'advisor' ? subject : null,
  dealerCodes: dealers,
});

/** What is told of these bookings, without what is for another person alone. */
export const feedOf = (caller: Caller): FeedScope => ({ ...scopeOf(caller), subject: caller.subject });

/** The booking that a request's path names, if the caller may see it: another's is as if it weren't there. */
export async function findNamedBooking(db: Database, req: Request, res: Response): Promise<Result<BookingView>> {
  const { id } = req.params;
  const view = isImportId(id) ? await findBookingView(db, id, scopeOf(callerIn(res))) : undefined;
  return view ? ok(view) : noBooking();
}

export const noBooking = () => fail('BOOKING_NOT_FOUND', 'There is no such booking, or it is not yours to see.');
