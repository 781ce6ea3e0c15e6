import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { connectDatabase } from '../db/connect.ts';
import { DealerModel } from '../db/models.ts';
import { createLogger } from '../src/log.ts';
import { findPersonalData, fixtureCustomers } from './support/personal-data.ts';
import { openStore, type Store } from './support/store.ts';

const NAME = 'Asha Rao';

describe('a log', () => {
  let store: Store;
  before(async () => {
    store = await openStore();
  });
  after(() => store.close());

  function logged(write: (log: ReturnType<typeof createLogger>) => void): string {
    let text = '';
    write(
      createLogger('test', 'info', {
        write: (line) => {
          text += line;
        },
      }),
    );
    return text;
  }

  it('keeps customers out of whatever object it is given', () => {
    const text = logged((log) => log.info({ booking: { customer_name: NAME, customerPhone: '+4930' } }, 'told'));
    assert.doesNotMatch(text, /Asha|\+4930/);
    assert.match(text, /"msg":"told"/);
  });

  it('tells an error with its code, its stack and its cause, without the row that Postgres refused', async () => {
    const client = new pg.Client({ connectionString: store.url });
    await client.connect();
    const sql = 'insert into bookings (customer_name, status) values ($1, $2)';
    const error = await client.query(sql, [NAME, 'LOST']).catch((refused) => refused);
    await client.end();
    assert.match(error.detail, /Asha/);
    for (const key of ['err', 'error']) {
      const line = JSON.parse(logged((log) => log.error({ [key]: new Error('it failed', { cause: error }) }, 'told')));
      assert.doesNotMatch(JSON.stringify(line), /Asha/);
      assert.equal(line[key].cause.code, '23514');
      assert.match(line[key].stack, /log\.test/);
    }
  });

  it('tells an error of Sequelize without the parameters of its statement', async () => {
    const db = connectDatabase(store.url, { poolSize: 1, applicationName: 'test' });
    const dealer = { dealerCode: 'x'.repeat(60), dealerName: NAME };
    const error = await db
      .getRepository(DealerModel)
      .create(dealer)
      .catch((refused) => refused);
    await db.close();
    assert.match(JSON.stringify(error), /Asha/);
    assert.doesNotMatch(
      logged((log) => log.error({ err: error }, 'told')),
      /Asha/,
    );
  });
});

describe('looking through the logs of the tests', () => {
  const customers = fixtureCustomers();
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'booking-import-logs-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const find = (...lines: string[]) => {
    writeFileSync(join(directory, 'api.log'), lines.join('\n'));
    return findPersonalData(directory, customers).map(({ file, line, what, message }) => [file, line, what, message]);
  };
  const [name, email, phone] = [customers.names, customers.emails, customers.phones].map((all) => [...all][0] ?? '');

  it('knows the customers of the sample files', () => {
    assert.ok(customers.names.size > 200 && customers.emails.size > 1_000 && customers.phones.size > 500);
  });

  it('finds a name, an e-mail and a phone, wherever they stand, and says what the line is about', () => {
    assert.deepEqual(find('{"msg":"fine"}', `{"msg":"stored","x":"of ${name}."}`), [['api.log', 2, 'names', 'stored']]);
    assert.deepEqual(find(`2026-11-24 UTC [1] DETAIL:  (b, ${email}, +4930)`), [['api.log', 1, 'emails', 'DETAIL']]);
    assert.deepEqual(find(`{"msg":"called","phone":"+${phone}"}`), [['api.log', 1, 'phones', 'called']]);
    assert.deepEqual(find('{"phone":"+442079460397"}', '{"phone":"+44 20 7946 0397"}').length, 1, 'each kind once');
  });

  it('finds nothing in what a log is full of', () => {
    const usual = `{"time":"2026-11-24T21:05:50.123Z","pid":49302312,"subject":"alice","id":"01ARZ3NDEKTSV4RRFFQ69G5FAV","ms":1795554350123}`;
    assert.deepEqual(
      find(usual, '2026-11-24 21:05:50.123 UTC [4242] LOG:  checkpoint complete: wrote 12345 buffers'),
      [],
    );
  });
});
