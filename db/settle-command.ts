import type { CommandRefusal, CommandResult, CommandVerdict } from '../src/domain/booking-command.ts';
import type { OpenedCommand } from './apply-command.ts';
import type { Database, Tx } from './connect.ts';
import { prepared, rows, run } from './query.ts';

type Accepted = Extract<CommandVerdict, { ok: true }>;

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

// Changes nothing unless the booking is at the version that was judged, and the command without a result: its row is
// locked first, since another try may be storing a refusal just now.
const CHANGE = prepared(
  'change_booking',
  `
  with open as (
    select * from booking_commands where id = $1 and result is null for update
  ), changed as (
    update bookings b set
      status = coalesce($3, b.status),
      advisor_id = case when $4 then $5 else b.advisor_id end,
      booking_date = coalesce($6, b.booking_date),
      metadata = case when $7::text is null then b.metadata else coalesce(b.metadata, '{}')
        || jsonb_build_object('notes', concat_ws(e'\\n', b.metadata ->> 'notes', $7)) end,
      status_since = case when $3 is distinct from b.status and $3::text is not null
        -- Never the same again: the trigger takes that for a write behind the lifecycle, and sets the time of the writing.
        then greatest(coalesce(c.occurred_at, clock_timestamp()), b.status_since + interval '1 microsecond')
        else b.status_since end,
      version = b.version + 1,
      updated_at = clock_timestamp()
    from open c
    where b.id = c.booking_id and b.version = $2
    returning b.id, b.status, b.version, b.dealer_id, b.advisor_id, b.booking_date, old.advisor_id as former_id,
      booking_facts(old) - 'metadata' as before, booking_facts(new) - 'metadata' as after
  ), audited as (
    insert into booking_audit_logs (booking_id, changed_by, action, old_value, new_value, change_reason, ip_address, user_agent, created_at)
    select x.id, c.subject, $8::text, nullif(jsonb_differing(x.before, x.after), '{}'),
      jsonb_differing(x.after, x.before) || jsonb_strip_nulls(jsonb_build_object('note', $7::text, 'why', $10::text)),
      coalesce(c.reason, $10::text), c.ip_address, c.user_agent, clock_timestamp()
    from changed x, open c
  ), told as (
    insert into notifications (booking_id, event, kind, dealer_id, advisor_id, data)
    select x.id, 'command:' || c.id || whom.suffix, whom.kind, x.dealer_id, whom.advisor_id,
      jsonb_build_object('status', x.status, 'bookingDate', x.booking_date, 'by', c.subject,
        'reason', coalesce(c.reason, $10::text))
    from changed x cross join open c cross join lateral (
      select '' as suffix, $9::text as kind, x.advisor_id
      union all
      select ':former', 'UNASSIGNED', x.former_id where x.former_id is distinct from x.advisor_id and x.former_id is not null
    ) whom
  )
  update booking_commands c
  set result = jsonb_build_object('ok', true, 'status', x.status, 'version', x.version), applied_at = clock_timestamp()
  from changed x where c.id = $1
  returning c.result`,
);

/** One statement, that needs no lock. Undefined: the booking is not as it was judged any more, or the command is done. */
export async function changeBooking(
  on: Database | Tx,
  command: OpenedCommand,
  { changes, action, why }: Accepted,
): Promise<CommandResult | undefined> {
  const { id, booking, offered } = command;
  const { status = null, advisorId, bookingDate = null, note = null } = changes;
  const advisor = [advisorId !== undefined, advisorId ?? null];
  const told = [action, offered ? 'WAITLIST_PROMOTED' : action, why ?? null];
  const [changed] = await rows<{ result: CommandResult }>(on, CHANGE, [
    id,
    booking?.version ?? 0,
    status,
    ...advisor,
    bookingDate,
    note,
    ...told,
  ]);
  return changed?.result;
}
