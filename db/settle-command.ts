import type { CommandRefusal, CommandResult, CommandVerdict } from '../src/domain/booking-command.ts';
import type { OpenedCommand } from './apply-command.ts';
import type { Database, Tx } from './connect.ts';
import { oneRow, prepared, run } from './query.ts';

export type Accepted = Extract<CommandVerdict, { ok: true }>;

export const changesNothing = ({ changes }: Accepted): boolean => Object.keys(changes).length === 0;

/** Writes what a command changes, and its result; nothing but the result when it changes nothing. */
export async function writeChanges(tx: Tx, command: OpenedCommand, verdict: Accepted): Promise<CommandResult> {
  if (!changesNothing(verdict)) {
    const changed = await changeBooking(tx, command, verdict);
    if (!changed) throw new Error(`the booking of command ${command.id} changed although it was locked`);
    return changed;
  }
  const { booking } = command;
  if (!booking) throw new Error(`command ${command.id} was accepted for a booking that is gone`);
  const result: CommandResult = { ok: true, status: booking.status, version: booking.version };
  await storeResult(tx, command.id, result);
  return result;
}

/** A refusal is an answer: kept as the result, told in the trail, and to whoever didn't wait for it. */
export async function recordRefusal(tx: Tx, command: OpenedCommand, refusal: CommandRefusal): Promise<CommandResult> {
  await storeResult(tx, command.id, refusal);
  // Nobody asked for what the waitlist offers, so nobody was refused it.
  if (!command.offered) await tellRefusal(tx, command.id, refusal);
  return refusal;
}

async function tellRefusal(tx: Tx, commandId: string, { code, message, allowed }: CommandRefusal): Promise<void> {
  await run(
    tx,
    `with refused as (
       insert into booking_audit_logs (booking_id, changed_by, action, new_value, change_reason, ip_address, user_agent, created_at)
       select booking_id, subject, 'REFUSED', jsonb_build_object('command', kind, 'asked', payload) || $2::jsonb, reason,
         ip_address, user_agent, clock_timestamp()
       from booking_commands where id = $1
     )
     insert into notifications (booking_id, event, kind, dealer_id, subject, data)
     select c.booking_id, 'command:' || c.id, 'REFUSED', b.dealer_id, c.subject,
       jsonb_build_object('command', c.kind, 'asked', c.payload) || $2::jsonb
     from booking_commands c left join bookings b on b.id = c.booking_id
     where c.id = $1 and c.respond_async`,
    [commandId, JSON.stringify({ code, message, allowed })],
  );
}

const storeResult = (tx: Tx, commandId: string, result: CommandResult): Promise<void> =>
  run(tx, STORE_RESULT, [commandId, JSON.stringify(result)]);

const STORE_RESULT = prepared(
  'store_result',
  'update booking_commands set result = $2, applied_at = clock_timestamp() where id = $1',
);

const CHANGE = prepared('change_booking', 'select change_booking($1, $2, $3, $4) as result');

/** Undefined: the booking is not as it was judged any more, or the command is done. */
export async function changeBooking(
  on: Database | Tx,
  command: OpenedCommand,
  accepted: Accepted,
): Promise<CommandResult | undefined> {
  const { result } = await oneRow<{ result: CommandResult | null }>(on, CHANGE, changeOf(command, accepted));
  return result ?? undefined;
}

/** What `change_booking` takes. */
export function changeOf({ id, booking, offered }: OpenedCommand, { changes, action, why }: Accepted): unknown[] {
  const telling = { action, kind: offered ? 'WAITLIST_PROMOTED' : action, why };
  return [id, booking?.version ?? 0, JSON.stringify(changes), JSON.stringify(telling)];
}
