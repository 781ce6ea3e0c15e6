import type { Tx } from './connect.ts';
import { run } from './query.ts';

/**
 * Every write of an import's chunk holds this, shared, until its transaction ends. It must be a statement of its own,
 * before the one that checks status and epoch (see `join_writers`).
 */
export const joinWriters = (tx: Tx, importId: string): Promise<void> => run(tx, 'select join_writers($1)', [importId]);

/** Waits for the chunks in flight and keeps new ones out until the transaction ends: for cancel, retry, finish, undo. */
export const shutOutWriters = (tx: Tx, importId: string): Promise<void> =>
  run(tx, `select pg_advisory_xact_lock(hashtextextended('booking-import:' || $1, 0))`, [importId]);

/** Serialises uploads of the same bytes. */
export const lockFile = (tx: Tx, sha256: string): Promise<void> =>
  run(tx, `select pg_advisory_xact_lock(hashtextextended('booking-file:' || $1, 0))`, [sha256]);

/** Serialises whatever changes which of an admin's imports run and which wait. Taken after any other lock. */
export const lockLine = (tx: Tx, adminId: string): Promise<void> =>
  run(tx, `select pg_advisory_xact_lock(hashtextextended('booking-line:' || $1, 0))`, [adminId]);

/** The SQLSTATE that `fenced_import` raises. */
export const FENCED = 'BK001';
