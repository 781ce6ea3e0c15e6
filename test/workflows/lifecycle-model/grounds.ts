import { Client, Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { ensureSearchAttributes, SEARCH_ATTRIBUTES } from '../../../src/search-attributes.ts';
import { withMovableClock } from '../../support/movable-clock.ts';
import { openStore, type Store } from '../../support/store.ts';
import { createNamespace, createTimeSkipping, testTemporal } from '../../support/temporal.ts';

const MOVE_LIMIT_MS = 30_000;

/** The servers that a stage stands on. */
export interface Ground {
  /** Whether its clock can be moved; if not, it is a server like production's. */
  skips: boolean;
  client: Client;
  connection: NativeConnection;
  store: Store;
  /** ms since the epoch. */
  now(): Promise<number>;
  /** Brings the database's clock to where the server's is. */
  follow(): Promise<void>;
  move(ms: number): Promise<void>;
  close(): Promise<void>;
}

/** The dev server: things may happen at once here that the skipping one mixes up, but the clock can't be moved. */
export async function openRealGround(): Promise<Ground> {
  const { address } = await testTemporal();
  const [store, namespace] = await Promise.all([openStore(), createNamespace(address)]);
  const [own, connection] = await Promise.all([Connection.connect({ address }), NativeConnection.connect({ address })]);
  const client = new Client({ connection: own, namespace });
  await ensureSearchAttributes(client);
  return {
    ...{ skips: false, client, connection, store },
    now: async () => Date.now(),
    follow: async () => {},
    move: () => Promise.reject(new Error('no clock can be moved here')),
    close: async () => {
      await Promise.all([own.close(), connection.close(), store.close()]);
    },
  };
}

/** A server that skips from timer to timer, with a database whose clock goes along. */
export async function openSkippingGround(): Promise<Ground> {
  const [env, store] = await Promise.all([createTimeSkipping(), openStore().then(withMovableClock)]);
  await env.connection.operatorService.addSearchAttributes({
    namespace: 'default',
    searchAttributes: SEARCH_ATTRIBUTES,
  });
  let ahead = 0;
  const follow = async () => {
    const found = (await env.currentTimeMs()) - Date.now();
    // What is less is how long the question took, and would set it back.
    if (Math.abs(found - ahead) < 1_000) return;
    ahead = found;
    await store.moveClock(ahead);
  };
  return {
    ...{ skips: true, client: env.client, connection: env.nativeConnection, store, follow },
    now: () => env.currentTimeMs(),
    move: async (ms) => {
      // What it skips to may run on the way; a lock that is never given back would keep it here for ever.
      await env.connection.withDeadline(Date.now() + MOVE_LIMIT_MS, () => env.sleep(ms));
      await follow();
    },
    close: async () => {
      await Promise.all([env.teardown(), store.close()]);
    },
  };
}
