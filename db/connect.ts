import 'reflect-metadata';
import type { Transaction } from 'sequelize';
import { Sequelize, type SequelizeOptions } from 'sequelize-typescript';
import { MODELS } from './models.ts';

/** The store. Opaque outside `db/`. */
export type Database = Sequelize;
/** An open transaction: a function that takes one must not be called without. */
export type Tx = Transaction;

export interface ConnectOptions {
  /** At least the number of activity slots that write: a slot without a connection waits with its heartbeat running. */
  poolSize: number;
  /** Shown in `pg_stat_activity`, so that an operator sees whose connection it is. */
  applicationName: string;
}

export function connectDatabase(url: string, { poolSize, applicationName }: ConnectOptions): Database {
  const options: SequelizeOptions = {
    dialect: 'postgres',
    logging: false,
    models: MODELS,
    // Without it a model class belongs to the last connection made: two databases in one process would mix.
    repositoryMode: true,
    pool: { max: poolSize, min: 0, idle: 30_000, acquire: 15_000 },
    dialectOptions: {
      application_name: applicationName,
      keepAlive: true,
      connectionTimeoutMillis: 5_000,
      // A worker that hangs with a transaction open would hold the import's lock against its own successor.
      idle_in_transaction_session_timeout: 60_000,
    },
    define: { underscored: true, timestamps: true, freezeTableName: true },
  };
  return new Sequelize(url, options);
}

export const closeDatabase = (db: Database): Promise<void> => db.close();

/** Rejects when the database can't be reached within a few seconds. */
export async function pingDatabase(db: Database): Promise<void> {
  await db.query('select 1');
}
