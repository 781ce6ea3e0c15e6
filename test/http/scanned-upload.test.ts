import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { pino } from 'pino';
import { rows } from '../../db/query.ts';
import { createScanner } from '../../src/clamd.ts';
import { EICAR, SIGNATURE, startClamd, type TestClamd } from '../support/clamd.ts';
import { type RunningApi, startApi } from './running-api.ts';

const BOOKINGS = '/api/admin/bookings';
const ROW = 'Ada,DLR001,2027-01-01';
const CLEAN = `customer_name,dealer_code,booking_date\n${ROW}\n`;
const INFECTED = `${CLEAN}"${EICAR}",DLR001,2027-01-01\n`;

describe('an upload where clamd looks at it', function () {
  this.timeout(600_000);
  let clamd: TestClamd;
  let api: RunningApi;
  before(async () => {
    clamd = await startClamd();
    const scan = createScanner({ url: clamd.tcpUrl, milliseconds: 5_000, log: pino({ level: 'silent' }) });
    api = await startApi({ scan });
  });
  after(async () => {
    await api.stop();
    await clamd.stop();
  });
  const isNothingKept = async () => {
    assert.deepEqual(await rows(api.db, 'select from booking_import_files'), []);
    assert.deepEqual(await rows(api.db, 'select from booking_imports'), []);
    assert.deepEqual(await readdir(api.spoolDir), []);
  };

  for (const door of ['preview', 'validate', 'import']) {
    it(`is refused by ${door} when it is infected, with the signature, and nothing is kept`, async () => {
      const { status, body } = await api.upload(`${BOOKINGS}/${door}`, { content: INFECTED });
      assert.deepEqual([status, body.code, body.signature], [422, 'FILE_INFECTED', SIGNATURE]);
      assert.ok(body.detail.includes(SIGNATURE));
      await isNothingKept();
    });
  }

  it('is taken in when it is clean', async () => {
    assert.equal((await api.upload(`${BOOKINGS}/preview`, { content: CLEAN })).status, 200);
    await isNothingKept();
    assert.equal((await api.upload(`${BOOKINGS}/import`, { content: CLEAN })).status, 202);
  });

  it('is refused by every door with 503 and when to try again while clamd is away, and nothing is kept', async () => {
    await rows(api.owner, 'truncate booking_imports cascade');
    await clamd.stop();
    for (const door of ['preview', 'validate', 'import']) {
      const { status, body, headers } = await api.upload(`${BOOKINGS}/${door}`, { content: CLEAN });
      assert.deepEqual([status, body.code, headers.get('retry-after')], [503, 'SCAN_UNAVAILABLE', '5']);
      await isNothingKept();
    }
  });
});
