import assert from 'node:assert/strict';
import { listAccesses, storeAccesses } from '../../db/access-log.ts';
import { newId } from '../../db/ids.ts';
import type { Access } from '../../src/domain/access.ts';
import { createAccessRecorder } from '../../src/http/access-recorder.ts';
import { openStore, type Store } from '../support/store.ts';
import { testLogger } from '../support/test-logs.ts';
import { waitFor } from '../support/wait-for.ts';

const access = (given: Partial<Access> = {}): Access => ({
  ...{ id: newId(), at: new Date().toISOString(), subject: 'alice', role: 'admin', ip: '::1', userAgent: 'test' },
  ...{ method: 'GET', route: '/api/bookings', status: 200, requestId: 'r', objectId: null },
  ...{ failure: null, failureDetail: null },
  ...given,
});

describe('recording accesses', function () {
  this.timeout(60_000);
  let store: Store;
  beforeEach(async () => {
    store = await openStore();
  });
  afterEach(() => store.close());

  const count = async () => (await store.rows('select from access_log')).length;
  function open() {
    let dropped = 0;
    const recorder = createAccessRecorder({
      write: (accesses) => storeAccesses(store.db, accesses),
      dropped: (n) => {
        dropped += n;
      },
      log: testLogger(),
    });
    return { ...recorder, dropped: () => dropped };
  }

  it('writes by itself a moment later, and all of it at a flush', async () => {
    const recorder = open();
    recorder.record(access());
    await waitFor(async () => (await count()) === 1);
    for (let n = 0; n < 1_000; n += 1) recorder.record(access());
    await recorder.flush(10_000);
    assert.equal(await count(), 1_001);
    assert.equal(recorder.dropped(), 0);
  });

  it('keeps what the database would not take, and writes it once when it does again', async () => {
    const recorder = open();
    await store.run('alter table access_log rename to away');
    recorder.record(access());
    await recorder.flush(10_000);
    await store.run('alter table away rename to access_log');
    recorder.record(access());
    await waitFor(async () => (await count()) === 2);
  });

  it('holds no more than it may, counts what it drops, and keeps the older', async () => {
    const recorder = open();
    const first = access({ subject: 'first' });
    recorder.record(first);
    for (let n = 1; n < 10_050; n += 1) recorder.record(access());
    assert.equal(recorder.dropped(), 50);
    await recorder.flush(30_000);
    assert.equal(await count(), 10_000);
    const { items } = await listAccesses(store.db, { subject: 'first', limit: 10 });
    assert.deepEqual(items, [first]);
  });

  it('drops what will never be taken, counts it, and goes on', async () => {
    const recorder = open();
    recorder.record(access({ method: 'x'.repeat(30) }));
    await recorder.flush(10_000);
    recorder.record(access());
    await recorder.flush(10_000);
    assert.deepEqual([await count(), recorder.dropped()], [1, 1]);
  });

  it('stores a batch that is sent again once', async () => {
    const batch = [access(), access()];
    await storeAccesses(store.db, batch);
    await storeAccesses(store.db, batch);
    assert.equal(await count(), 2);
  });

  it('does not wait for a database that hangs longer than it may', async () => {
    const recorder = createAccessRecorder({
      write: () => new Promise(() => {}),
      dropped: () => {},
      log: testLogger(),
    });
    recorder.record(access());
    await recorder.flush(10);
  });
});
