import { createHash } from 'node:crypto';
import type { BookingWish, CommandResult } from '../src/domain/booking-command.ts';
import { fail, ok, type Result } from '../src/domain/failures.ts';
import type { Actor } from '../src/domain/import.ts';
import type { BookingRole } from '../src/domain/transitions.ts';
import type { Database } from './connect.ts';
import { newId } from './ids.ts';
import { oneRow, prepared, rows } from './query.ts';

export interface NewCommand {
  bookingId: string;
  wish: BookingWish;
  actor: Actor;
  role: BookingRole;
  /** The client's name for it; null: it is never repeated. */
  key: string | null;
  reason: string | null;
  expectedVersion: number | null;
  /** ISO 8601; null: as it is applied. */
  occurredAt: string | null;
  respondAsync: boolean;
}

export interface StoredCommand {
  id: string;
  bookingId: string;
  /** ISO 8601: where it belongs among commands that arrive together. */
  occurredAt: string;
  /** null: not applied yet. */
  result: CommandResult | null;
}

/**
 * Stores a command, or finds the one that was stored under its key. A new one that is waited for isn't on the disk before
 * its change is (see `INSERT`). Failure: `IDEMPOTENCY_KEY_REUSED`.
 */
export async function createCommand(db: Database, command: NewCommand): Promise<Result<StoredCommand>> {
  const id = newId();
  const key = command.key ?? id;
  const fingerprint = fingerprintOf(command);
  const found = (await insertCommand(db, command, { id, key, fingerprint })) ?? (await findByKey(db, command, key));
  if (found.fingerprint !== fingerprint)
    return fail('IDEMPOTENCY_KEY_REUSED', 'This key was sent with another request for the booking; take a new one.');
  return ok(toStored(found));
}

const findByKey = (db: Database, { bookingId, actor }: NewCommand, key: string): Promise<CommandRow> =>
  oneRow<CommandRow>(db, `${KEEP} where booking_id = $1 and subject = $2 and key = $3`, [
    bookingId,
    actor.subject,
    key,
  ]);

/** Sees to it that a command is on the disk, and gives what became of it. Undefined: there is none of that id. */
export async function keepCommand(db: Database, id: string): Promise<StoredCommand | undefined> {
  const [kept] = await rows<CommandRow>(db, `${KEEP} where id = $1`, [id]);
  return kept && toStored(kept);
}

interface CommandRow extends Omit<StoredCommand, 'occurredAt'> {
  occurredAt: Date;
  fingerprint: string;
}
const COMMAND = `
  id, booking_id as "bookingId", coalesce(occurred_at, created_at) as "occurredAt", result, fingerprint`;
// The message is for nobody: it makes this a commit that is waited for, which brings all before it to the disk, and takes
// no lock, which whoever applies the command may hold.
const KEEP = `select ${COMMAND}, pg_logical_emit_message(true, 'booking-import', 'kept') from booking_commands`;

const toStored = ({ id, bookingId, occurredAt, result }: CommandRow): StoredCommand => ({
  id,
  bookingId,
  occurredAt: occurredAt.toISOString(),
  result,
});

// What the admin saw when deciding isn't part of what was asked: a repeat may come after it changed.
function fingerprintOf({ wish, reason, occurredAt }: NewCommand): string {
  const { insteadOf: _, ...asked } = { insteadOf: null, ...wish };
  const text = JSON.stringify([Object.entries(asked).sort(), reason, occurredAt]);
  return createHash('sha256').update(text).digest('hex');
}

/** Undefined: the key is taken. */
async function insertCommand(
  db: Database,
  { bookingId, wish, actor, role, ...command }: NewCommand,
  { id, key, fingerprint }: { id: string; key: string; fingerprint: string },
): Promise<CommandRow | undefined> {
  const { kind, ...payload } = wish;
  const [inserted] = await rows<CommandRow>(db, INSERT, [
    ...[id, bookingId, actor.subject, role, key, fingerprint, kind, JSON.stringify(payload), command.reason],
    ...[command.expectedVersion, command.occurredAt, command.respondAsync, actor.ip, actor.userAgent],
  ]);
  return inserted;
}

// A phone's clock may be ahead: what it says must not lie in the future, or it would outrank what comes after.
// Whoever waits for the answer gets it from the change's own commit, which brings this row to the disk as well: waiting
// for the disk here, too, took a change 1 ms on this machine and takes what a disk in a cloud takes. Should Postgres
// crash in between, nothing was changed, and nobody was told otherwise (see `keepCommand`).
const INSERT = prepared(
  'insert_command',
  `insert into booking_commands (id, booking_id, subject, role, key, fingerprint, kind, payload, reason,
       expected_version, occurred_at, respond_async, ip_address, user_agent)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, case when $11::timestamptz > now() then now() else $11::timestamptz end, $12, $13, $14)
     on conflict (booking_id, subject, key) do nothing
     returning ${COMMAND},
       set_config('synchronous_commit', case when $12 then current_setting('synchronous_commit') else 'off' end, true)`,
);
