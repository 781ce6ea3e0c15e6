import assert from 'node:assert/strict';
import { closeDatabase, connectDatabase } from '../../db/connect.ts';
import { sharedRate } from '../../db/shared-rate.ts';
import { localRate } from '../../src/http/local-rate.ts';
import { openStore, type Store } from '../support/store.ts';
import { waitFor } from '../support/wait-for.ts';

describe('a rate that is shared', () => {
  let store: Store;
  before(async () => {
    store = await openStore();
  });
  after(() => store.close());

  const open = (name: string, db = store.db) => {
    const allowance = { name, points: 3, seconds: 60 };
    return sharedRate(db, allowance, localRate(allowance));
  };
  const remaining = async (spending: ReturnType<ReturnType<typeof open>['spend']>) => {
    const { granted, remaining: left } = await spending;
    return granted ? left : 'refused';
  };

  it('counts what all processes grant, each key and each name apart', async () => {
    const [one, other] = [open('writes'), open('writes')];
    assert.deepEqual(
      [await remaining(one.spend('alice')), await remaining(other.spend('alice')), await remaining(one.spend('alice'))],
      [2, 1, 0],
    );
    assert.equal(await remaining(other.spend('alice')), 'refused');
    assert.equal(await remaining(other.spend('bob')), 2);
    assert.equal(await remaining(open('uploads').spend('alice')), 2);
  });

  it('grants no more than it should when all come at once', async () => {
    const rates = [open('crowd'), open('crowd')];
    const spent = await Promise.all(Array.from({ length: 20 }, (_, n) => rates[n % 2]?.spend('alice')));
    assert.equal(spent.filter((one) => one?.granted).length, 3);
  });

  it('begins anew when its time is over', async () => {
    const allowance = { name: 'short', points: 1, seconds: 1 };
    const rate = sharedRate(store.db, allowance, localRate(allowance));
    assert.equal(await remaining(rate.spend('alice')), 0);
    assert.equal(await remaining(rate.spend('alice')), 'refused');
    await waitFor(async () => (await rate.spend('alice')).granted, 5_000, 100);
  });

  it('takes a subject of the greatest length', async () => {
    assert.equal(await remaining(open('writes').spend('ü'.repeat(255))), 2);
  });

  it('is counted in the process while Postgres is away', async () => {
    const db = connectDatabase('postgres://nobody@127.0.0.1:1/none', { poolSize: 1, applicationName: 'test' });
    const rate = open('away', db);
    for (const left of [2, 1, 0, 'refused']) assert.equal(await remaining(rate.spend('alice')), left);
    await closeDatabase(db);
  });

  it('waits half a second at most for a Postgres that hangs, and not each time', async () => {
    const rate = open('slow');
    await store.db.transaction(async (transaction) => {
      await store.db.query('lock table rate_counters in access exclusive mode', { transaction });
      const start = performance.now();
      for (const left of [2, 1, 0, 'refused']) assert.equal(await remaining(rate.spend('alice')), left);
      assert.ok(performance.now() - start < 900);
    });
  });
});
