import type pg from 'pg';
import { QueryTypes } from 'sequelize';
import type { Database, Tx } from './connect.ts';
import { postgresError, StatementError } from './statement-error.ts';

type BoundTx = Tx & { sequelize: Database };

const isTx = (on: Database | Tx): on is BoundTx => 'commit' in on;

/** Runs one statement with `$1` parameters, on the pool or in a transaction, and gives its rows. */
export async function rows<T extends object>(on: Database | Tx, sql: string, bind: unknown[] = []): Promise<T[]> {
  const transaction = isTx(on) ? on : undefined;
  const db = isTx(on) ? on.sequelize : (on as Database);
  try {
    // With parameters Sequelize reads `$$` as an escape, which would break the bodies of functions.
    const given = bind.length > 0 ? { bind } : {};
    return await db.query<T>(sql, { ...given, transaction, raw: true, type: QueryTypes.SELECT });
  } catch (error) {
    const refused = postgresError(error);
    throw refused ? new StatementError(refused, sql) : error;
  }
}

/**
 * One statement past Sequelize, in a transaction of its own: Sequelize reads through each string that it binds, which
 * cost an import 1.5 µs a row. A text must not hold NUL, which Sequelize would have escaped.
 */
export async function rowsDirect<T extends object>(db: Database, sql: string, bind: unknown[]): Promise<T[]> {
  const { connectionManager } = db;
  const connection = await connectionManager.getConnection({ type: 'write' });
  try {
    const { rows: found } = await (connection as pg.Client).query<T>(sql, bind);
    return found;
  } catch (error) {
    const refused = postgresError(error);
    throw refused ? new StatementError(refused, sql) : error;
  } finally {
    connectionManager.releaseConnection(connection);
  }
}

export const connectionOf = (tx: Tx): pg.Client => (tx as Tx & { connection: pg.Client }).connection;

/** The one row of a statement that gives exactly one. */
export async function oneRow<T extends object>(on: Database | Tx, sql: string, bind: unknown[] = []): Promise<T> {
  const [first] = await rows<T>(on, sql, bind);
  if (first === undefined) throw new Error(`a statement gave no row: ${sql.slice(0, 80)}`);
  return first;
}

/** Runs a statement for its effect. */
export async function run(on: Database | Tx, sql: string, bind: unknown[] = []): Promise<void> {
  await rows(on, sql, bind);
}

export const withTransaction = <T>(db: Database, work: (tx: Tx) => Promise<T>): Promise<T> => db.transaction(work);
