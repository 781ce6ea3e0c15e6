import assert from 'node:assert/strict';
import type { BookingScope } from '../../db/booking-view.ts';
import { type BookingFilter, bookingQuery, listBookings } from '../../db/list-bookings.ts';
import { BOOKING_SORTS } from '../../src/domain/booking-list.ts';
import { planOf } from '../support/plan.ts';
import { openStore, type Store } from '../support/store.ts';

const ALL: BookingScope = { advisorEmail: null, dealerCodes: [] };

describe('the list of bookings', function () {
  this.timeout(60_000);
  let store: Store;
  beforeEach(async () => {
    store = await openStore();
    await store.run(
      `insert into advisors (id, email, name) values ('a1', 'ada@example.com', 'Ada'), ('a2', 'bob@example.com', 'Bob')`,
    );
  });
  afterEach(() => store.close());

  /** `count` bookings b01, b02, … of three dealers and of none; five share each creation time, three each date. */
  const fill = (count: number) =>
    store.run(
      `insert into bookings (id, external_id, dealer_id, customer_name, booking_date, created_at)
       select 'b' || lpad(n::text, 2, '0'), 'X-' || n, nullif('d' || n % 4, 'd0'), 'Customer ' || n,
         timestamptz '2027-05-01' - n / 3 * interval '1 day', timestamptz '2026-01-01' + n / 5 * interval '1 microsecond'
       from generate_series(1, $1) n`,
      [count],
    );
  const ids = async (filter: Partial<BookingFilter>, scope = ALL) =>
    (await listBookings(store.db, scope, { sort: 'createdAt', limit: 200, ...filter })).items.map(({ id }) => id);
  /** All pages, with what happens between them. */
  async function walk(filter: Partial<BookingFilter>, between = async () => {}): Promise<string[]> {
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await listBookings(store.db, ALL, { sort: '-createdAt', limit: 4, ...filter, cursor });
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor;
      await between();
    } while (cursor);
    return seen;
  }

  for (const sort of BOOKING_SORTS)
    it(`by ${sort} gives each booking once, in one order, also among equals`, async () => {
      await fill(23);
      const [column, direction] = [
        sort.includes('created') ? 'created_at' : 'booking_date',
        sort.startsWith('-') ? 'desc' : 'asc',
      ];
      const expected = await store.rows<{ id: string }>(
        `select id from bookings order by ${column} ${direction}, id ${direction}`,
      );
      assert.deepEqual(
        await walk({ sort }),
        expected.map(({ id }) => id),
      );
      assert.equal(expected.length, 23);
    });

  it('by creation neither skips nor repeats a booking while others are made, changed and removed', async () => {
    await fill(20);
    let n = 0;
    const seen = await walk({}, async () => {
      n += 1;
      await store.run(`insert into bookings (id, dealer_id, customer_name) values ('new' || $1, 'd1', 'New')`, [n]);
      await store.run(
        `update bookings set status = 'CANCELLED', booking_date = now(), version = version + 1, updated_at = now()`,
      );
      await store.run(`delete from bookings where id = 'b20'`);
    });
    assert.deepEqual(
      seen,
      Array.from({ length: 20 }, (_, i) => `b${String(20 - i).padStart(2, '0')}`),
    );
  });

  it('by booking date leaves out what has none', async () => {
    await fill(2);
    await store.run(`insert into bookings (id, dealer_id, customer_name) values ('none', 'd1', 'None')`);
    assert.deepEqual(await ids({ sort: 'bookingDate' }), ['b01', 'b02']);
  });

  describe('filtered', () => {
    beforeEach(() =>
      store.run(`insert into bookings
          (id, external_id, dealer_id, customer_name, customer_phone, customer_email, advisor_id, booking_date, status, source, import_id)
        values
        ('b1', 'VIN-77', 'd1', 'Asha Rao', '+919812345678', 'asha@example.com', 'a1', '2027-03-01', 'ASSIGNED', 'bulk_import', 'i1'),
        ('b2', null, 'd1', 'Łukasz 100%', '+48601234567', null, 'a2', '2027-03-02', 'ASSIGNED', 'api', null),
        ('b3', 'vin-78', 'd2', 'Ravi_K', null, 'RAVI@example.com', null, '2027-03-03', 'PENDING', 'bulk_import', 'i1'),
        ('b4', null, 'd2', 'Eve', null, null, 'a1', '2027-03-04', 'COMPLETED', 'manual', 'i2')`),
    );
    const EXPECTED: [string, Partial<BookingFilter>, string[]][] = [
      ['one status', { status: ['PENDING'] }, ['b3']],
      ['several statuses', { status: ['PENDING', 'COMPLETED'] }, ['b3', 'b4']],
      ['a dealer', { dealer: 'DLR002' }, ['b3', 'b4']],
      ['a dealer that is not there', { dealer: 'NOPE' }, []],
      ["an advisor's id", { advisor: 'a1' }, ['b1', 'b4']],
      ["an advisor's e-mail in any case", { advisor: 'Bob@Example.com' }, ['b2']],
      ['no advisor', { advisor: 'none' }, ['b3']],
      ['sources', { source: ['api', 'manual'] }, ['b2', 'b4']],
      ['an import', { import: 'i1' }, ['b1', 'b3']],
      [
        'a range of dates, its end excluded',
        { from: '2027-03-02T00:00:00Z', to: '2027-03-04T00:00:00Z' },
        ['b2', 'b3'],
      ],
      ['part of a name in any case', { text: 'łUKASZ' }, ['b2']],
      ['text with a sign that LIKE would take for its own', { text: '0%' }, ['b2']],
      ['an underscore, literally', { text: '_' }, ['b3']],
      ['part of a phone, however it is written', { text: '(98123) 456-78' }, ['b1']],
      ['a sign that is in no phone', { text: '-' }, ['b1', 'b3']],
      ['part of an e-mail', { text: 'ravi@' }, ['b3']],
      ['part of an external id', { text: 'VIN' }, ['b1', 'b3']],
      ['all of it at once', { status: ['ASSIGNED'], dealer: 'DLR001', advisor: 'a1', text: 'rao' }, ['b1']],
    ];
    for (const [what, filter, expected] of EXPECTED)
      for (const sort of ['createdAt', 'bookingDate'] as const)
        it(`by ${what}, in the order of ${sort}`, async () =>
          assert.deepEqual(await ids({ ...filter, sort }), expected));

    for (const [who, scope, expected] of [
      ['an advisor', { advisorEmail: 'ADA@example.com', dealerCodes: [] }, ['b1', 'b4']],
      ['an admin of one dealer', { advisorEmail: null, dealerCodes: ['DLR002'] }, ['b3', 'b4']],
      ['an admin of two dealers', { advisorEmail: null, dealerCodes: ['DLR001', 'DLR003'] }, ['b1', 'b2']],
      ['an advisor that is not there', { advisorEmail: 'nobody@example.com', dealerCodes: [] }, []],
    ] as [string, BookingScope, string[]][])
      for (const sort of ['createdAt', 'bookingDate'] as const)
        it(`for ${who} shows only those, in the order of ${sort}`, async () =>
          assert.deepEqual(await ids({ sort }, scope), expected));
  });
});

describe('the plans of the lists of bookings, over 30,000 of them', function () {
  this.timeout(60_000);
  let store: Store;
  before(async () => {
    store = await openStore();
    await store.run(
      `insert into advisors (id, email, name) select 'a' || n, 'a' || n || '@example.com', 'A' from generate_series(1, 100) n`,
    );
    await store.run(`insert into bookings (id, external_id, dealer_id, customer_name, booking_date, created_at, import_id, import_row, status, source, advisor_id)
      select 'b' || lpad(n::text, 8, '0'), 'e' || n, 'd' || (1 + n % 49), 'Customer', timestamptz '2027-01-01' + (n * 7919 % 30000) * interval '1 hour',
        timestamptz '2026-01-01' + n / 500 * interval '1 minute', 'i' || n % 3000, n,
        case when n % 500 = 0 then 'NO_SHOW' when n % 2 = 0 then 'PENDING' else 'ASSIGNED' end,
        case when n % 500 = 1 then 'manual' else 'bulk_import' end, case when n % 2 = 1 then 'a' || (1 + n / 2 % 100) end
      from generate_series(1, 30000) n`);
    await store.run('analyze');
  });
  after(() => store.close());

  const LATER = Buffer.from('-createdAt 1767230000000000 b00012000').toString('base64url');
  const PLANS: [string, Partial<BookingFilter>, string, string?][] = [
    ['all, newest first', {}, 'bookings_by_creation'],
    ['all, from a cursor on', { cursor: LATER }, 'bookings_by_creation'],
    ['all, by date', { sort: 'bookingDate' }, 'bookings_by_dealer_and_date'],
    ['all, by date, from a cursor on', { sort: '-bookingDate', cursor: LATER }, 'bookings_by_dealer_and_date'],
    ['a range of dates', { from: '2027-02-01', to: '2027-02-03', sort: 'bookingDate' }, 'bookings_by_dealer_and_date'],
    ['a range of dates, newest first', { from: '2027-02-01', to: '2027-02-03' }, 'bookings_by_dealer_and_date'],
    ['a status that is rare, by date', { status: ['NO_SHOW'], sort: 'bookingDate' }, 'bookings_moved_on'],
    ['an import by date', { import: 'i77', sort: 'bookingDate' }, 'bookings_by_import'],
    ['a status that is rare', { status: ['NO_SHOW'] }, 'bookings_moved_on'],
    ['two statuses that are rare', { status: ['NO_SHOW', 'CANCELLED'] }, 'bookings_moved_on'],
    ['a source that is rare', { source: ['manual'] }, 'bookings_by_other_source'],
    ['an import', { import: 'i77' }, 'bookings_by_import'],
    ['a dealer by date', { dealer: 'DLR007', sort: 'bookingDate' }, 'bookings_by_dealer_and_date'],
    ['an advisor', { advisor: 'a7' }, 'bookings_by_advisor_and_date'],
    ["an advisor's own", {}, 'bookings_by_advisor_and_date', 'a7@example.com'],
    ["an advisor's own by date", { sort: 'bookingDate' }, 'bookings_by_advisor_and_date', 'a7@example.com'],
  ];
  for (const [list, filter, index, advisorEmail = null] of PLANS)
    it(`read ${list} by an index`, async () => {
      const scope = { advisorEmail, dealerCodes: [] };
      const { sql, bind } = bookingQuery(scope, { sort: '-createdAt', limit: 50, ...filter });
      const plan = await planOf(store, sql, bind);
      const whole = plan.filter((node) => node['Node Type'] === 'Seq Scan' && node['Relation Name'] === 'bookings');
      assert.deepEqual(whole, [], 'the table is not read whole');
      assert.ok(
        plan.some((node) => node['Index Name'] === index),
        JSON.stringify(plan.map((node) => node['Index Name'])),
      );
    });
});
