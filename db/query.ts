import type pg from 'pg';
import { QueryTypes } from 'sequelize';
import type { Database, Tx } from './connect.ts';
import { postgresError, StatementError } from './statement-error.ts';

type BoundTx = Tx & { sequelize: Database };

const isTx = (on: Database | Tx): on is BoundTx => 'commit' in on;

/** A statement that Postgres parses and plans once a connection; `prepared` makes one. */
export interface Prepared {
  name: string;
  text: string;
}

/**
 * For what every change of a booking and every chunk of an import run: parsed and planned anew, the statements of a
 * change took as long as their work, and Sequelize reads through each string that it binds, 1.5 µs a row of an import.
 * `name` is its own in the program. The text is fixed, and so are its columns' types: a migration that changed one would
 * have processes of the old code refused (0A000) until they are started anew.
 */
export const prepared = (name: string, text: string): Prepared => ({ name, text });

/** Runs one statement with `$1` parameters, on the pool or in a transaction, and gives its rows. */
export async function rows<T extends object>(
  on: Database | Tx,
  statement: string | Prepared,
  bind: unknown[] = [],
): Promise<T[]> {
  try {
    return typeof statement === 'string' ? await query<T>(on, statement, bind) : await execute<T>(on, statement, bind);
  } catch (error) {
    const refused = postgresError(error);
    throw refused ? new StatementError(refused, textOf(statement)) : error;
  }
}

const textOf = (statement: string | Prepared): string => (typeof statement === 'string' ? statement : statement.text);

function query<T extends object>(on: Database | Tx, sql: string, bind: unknown[]): Promise<T[]> {
  const transaction = isTx(on) ? on : undefined;
  const db = isTx(on) ? on.sequelize : (on as Database);
  // With parameters Sequelize reads `$$` as an escape, which would break the bodies of functions.
  const given = bind.length > 0 ? { bind } : {};
  return db.query<T>(sql, { ...given, transaction, raw: true, type: QueryTypes.SELECT });
}

async function execute<T extends object>(on: Database | Tx, { name, text }: Prepared, values: unknown[]): Promise<T[]> {
  const ask = async (client: pg.Client) => (await client.query<T>({ name, text, values })).rows;
  if (isTx(on)) return ask(connectionOf(on));
  const { connectionManager } = on as Database;
  const connection = await connectionManager.getConnection({ type: 'write' });
  try {
    return await ask(connection as pg.Client);
  } finally {
    connectionManager.releaseConnection(connection);
  }
}

export const connectionOf = (tx: Tx): pg.Client => (tx as Tx & { connection: pg.Client }).connection;

/** The one row of a statement that gives exactly one. */
export async function oneRow<T extends object>(
  on: Database | Tx,
  statement: string | Prepared,
  bind: unknown[] = [],
): Promise<T> {
  const [first] = await rows<T>(on, statement, bind);
  if (first === undefined) throw new Error(`a statement gave no row: ${textOf(statement).slice(0, 80)}`);
  return first;
}

/** Runs a statement for its effect. */
export async function run(on: Database | Tx, statement: string | Prepared, bind: unknown[] = []): Promise<void> {
  await rows(on, statement, bind);
}

export const withTransaction = <T>(db: Database, work: (tx: Tx) => Promise<T>): Promise<T> => db.transaction(work);
