import assert from 'node:assert/strict';
import { type FeedScope, feedQuery } from '../../db/notification-feed.ts';
import { planOf } from '../support/plan.ts';
import { openStore, type Store } from '../support/store.ts';

describe('the plans of the lists, over 20,000 bookings and 5,000 imports', function () {
  this.timeout(60_000);
  let store: Store;
  before(async () => {
    store = await openStore();
    await store.run(`insert into booking_imports (id, admin_id, filename, sha256, status)
      select 'i' || lpad(n::text, 5, '0'), 'alice', 'f', lpad(n::text, 64, '0'), 'COMPLETED' from generate_series(1, 5000) n`);
    await store.run(`insert into bookings (id, external_id, dealer_id, customer_name, booking_date, import_id, import_row, status)
      select 'b' || lpad(n::text, 8, '0'), 'e' || n, 'd' || (1 + n % 49), 'Customer', timestamptz '2027-01-01' + (n * 7919 % 20000) * interval '1 hour',
        'i' || lpad((1 + n % 5000)::text, 5, '0'), n, case n % 50 when 0 then 'PENDING' when 1 then 'WAITLISTED' else 'COMPLETED' end
      from generate_series(1, 20000) n`);
    await store.run(`insert into booking_import_errors (import_id, row_number, raw_row, error_message)
      select 'i' || lpad((1 + n % 5000)::text, 5, '0'), n, '{}', 'bad' from generate_series(1, 20000) n`);
    await store.run(`insert into booking_audit_logs (booking_id, changed_by, action)
      select id, 'alice', 'IMPORTED' from bookings`);
    await store.run(`insert into waitlist_places (booking_id, version, dealer_id, day, offered_to, command_id, outcome, settled_at)
      select id, 2, dealer_id, booking_date, id, id, o.outcome, case when o.outcome is not null then now() end
      from bookings, lateral (select case when import_row % 1000 > 0 then 'PROMOTED' end as outcome) o`);
    await store.run(
      `insert into advisors (id, email, name) select 'a' || n, 'a' || n || '@example.com', 'A' from generate_series(1, 500) n`,
    );
    await store.run(`insert into notifications (booking_id, event, kind, dealer_id, advisor_id, subject, feed_id, told_at)
      select 'b' || lpad(n::text, 8, '0'), 'e', 'NOTE_ADDED', 'd' || (1 + n % 490), 'a' || (1 + n % 500),
        case when n % 20 = 0 then 'admin' || n % 7 end, n, now() from generate_series(1, 20000) n`);
    await store.run('analyze');
    // As autovacuum leaves it: what is all visible is read from the index alone.
    await store.run('vacuum analyze notifications');
  });
  after(() => store.close());

  async function indexesOf(sql: string): Promise<string[]> {
    const nodes = await planOf(store, sql);
    assert.deepEqual(
      nodes.filter((node) => node['Node Type'] === 'Seq Scan').map((node) => node['Relation Name']),
      [],
    );
    return nodes.flatMap((node) => node['Index Name'] ?? []);
  }

  const LISTS = {
    'the bookings of a dealer by date': [
      `select * from bookings where dealer_id = 'd7' and booking_date >= '2027-02-01' order by booking_date limit 50`,
      'bookings_by_dealer_and_date',
    ],
    'the pending bookings, oldest first': [
      `select * from bookings where status = 'PENDING' order by created_at limit 50`,
      'bookings_pending',
    ],
    'the oldest who waits for a day of a dealer': [
      `select id, version from bookings b where dealer_id = 'd7' and status = 'WAITLISTED'
         and booking_date >= '2027-02-01' and booking_date < '2027-02-02'
         and not exists (select from waitlist_places p where p.offered_to = b.id and p.settled_at is null)
       order by created_at, id limit 1`,
      'bookings_waitlisted',
    ],
    'the bookings of an import by row': [
      `select * from bookings where import_id = 'i00042' and import_row > 100 order by import_row limit 50`,
      'bookings_by_import',
    ],
    'the open errors of an import by row': [
      `select * from booking_import_errors where import_id = 'i00042' and row_number > 100 and resolved_round is null order by row_number limit 50`,
      'booking_import_errors_open',
    ],
    'the trail of a booking': [
      `select * from booking_audit_logs where booking_id = 'b00000042' order by created_at`,
      'booking_audit_logs_by_booking',
    ],
    'the imports, newest first, after a cursor': [
      `select * from booking_imports where id < 'i00200' order by id desc limit 51`,
      'booking_imports_pkey',
    ],
    'the completed import of a file': [
      `select id from booking_imports where sha256 = lpad('42', 64, '0') and status = 'COMPLETED' and not dry_run and undone_at is null`,
      'booking_imports_completed_file',
    ],
  } as const;

  const FEEDS: [string, FeedScope, string][] = [
    [
      'an advisor',
      { advisorEmail: 'a7@example.com', dealerCodes: [], subject: 'a7@example.com' },
      'notifications_by_advisor',
    ],
    [
      'an admin of all dealers',
      { advisorEmail: null, dealerCodes: [], subject: 'admin3' },
      'notifications_feed_id_key',
    ],
    [
      'an admin of two dealers',
      { advisorEmail: null, dealerCodes: ['DLR001', 'DLR002'], subject: 'admin3' },
      'notifications_by_dealer',
    ],
  ];
  for (const [whose, scope, index] of FEEDS) {
    it(`read the feed of ${whose} by an index, a page's worth of each part`, async () => {
      for (const part of [
        { before: null, limit: 51 },
        { after: '000000019000', limit: 51 },
      ]) {
        const { sql, bind } = feedQuery(scope, part);
        const nodes = await planOf(store, sql, bind);
        const parts = nodes.flatMap((node) => node['Index Name'] ?? []);
        for (const wanted of [index, 'notifications_by_subject'])
          assert.ok(parts.includes(wanted), `${wanted}: ${parts}`);
        const all = nodes.filter((node) => node['Node Type'] === 'Seq Scan').map((node) => node['Relation Name']);
        assert.ok(!all.includes('notifications') && !all.includes('bookings'), String(all));
      }
    });
  }

  for (const [list, [sql, index]] of Object.entries(LISTS)) {
    it(`read ${list} by an index`, async () => {
      assert.ok((await indexesOf(sql)).includes(index), `${index} is used`);
    });
  }
});
