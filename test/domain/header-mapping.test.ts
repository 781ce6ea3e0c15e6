import assert from 'node:assert/strict';
import type { HeaderMapping } from '../../src/domain/columns.ts';
import { ERROR_COLUMNS } from '../../src/domain/csv-safety.ts';
import { mapHeaders, type requireColumns, settleColumns } from '../../src/domain/header-mapping.ts';

const REQUIRED = ['customer_name', 'dealer_code', 'booking_date'];
const fieldsOf = ({ columns }: HeaderMapping) => columns.map(({ field }) => field);

function refusalOf(result: ReturnType<typeof requireColumns>) {
  assert.ok(!result.ok);
  return result.failure;
}

describe('mapHeaders', () => {
  it('knows the names that dealer systems give the columns', () => {
    const header = ['Booking ID', 'Client Name', 'Mobile No.', 'E-Mail', 'Dealership Code', 'Booking Dt', 'Variant'];
    assert.deepEqual(fieldsOf(mapHeaders([...header, 'Sales Advisor Email', 'Status', 'Remarks'], {})), [
      'external_id',
      'customer_name',
      'customer_phone',
      'customer_email',
      'dealer_code',
      'booking_date',
      'car_variant',
      'advisor_email',
      'status',
      'notes',
    ]);
  });

  it('looks past case, accents, punctuation and a unit in brackets', () => {
    const header = ['CUSTOMER-NAME*', 'dealer.code', 'Booking Date (DD-MM-YYYY)', '\u200bTéléphone', 'Händler'];
    const { columns } = mapHeaders(header.slice(0, 4), {});
    assert.deepEqual(
      columns.map(({ field }) => field),
      ['customer_name', 'dealer_code', 'booking_date', 'customer_phone'],
    );
    assert.deepEqual(fieldsOf(mapHeaders(['HANDLER'], {})), ['dealer_code']);
  });

  it('applies a misspelling that is 85 % alike and says how sure it is', () => {
    const [column] = mapHeaders(['custmer_name'], {}).columns;
    assert.equal(column?.field, 'customer_name');
    assert.ok(column.confidence >= 0.85 && column.confidence < 1);
  });

  it('only suggests what is less alike', () => {
    const [column] = mapHeaders(['Dealer Name'], {}).columns;
    assert.equal(column?.field, null);
    assert.equal(column?.suggestion, 'dealer_code');
    assert.ok(column.confidence < 0.85);
  });

  it('leaves a column that resembles nothing alone', () => {
    const [column] = mapHeaders(['Fuel'], {}).columns;
    assert.deepEqual(column, { position: 1, name: 'Fuel', field: null, confidence: 0 });
  });

  it('asks about duplicate and nearly equal headers with their positions', () => {
    for (const twins of [
      ['customer_phone', 'customer_phone'],
      ['Customer Phone', 'customer_phone'],
      ['Mobile', 'Phone Number'],
    ]) {
      const { problems } = mapHeaders([...REQUIRED, ...twins], {});
      assert.deepEqual(
        problems.map(({ code, pointer }) => [code, pointer]),
        [
          ['AMBIGUOUS_HEADERS', '/headers/3'],
          ['AMBIGUOUS_HEADERS', '/headers/4'],
        ],
      );
      assert.match(problems[0]?.message ?? '', /customer_phone: #4 ".+", #5 ".+"/);
    }
  });

  it('takes an explicit mapping for the answer to such a question', () => {
    const mapping = mapHeaders([...REQUIRED, 'Phone', 'Phone'], { '#5': 'customer_phone' });
    assert.deepEqual(mapping.problems, []);
    assert.deepEqual(fieldsOf(mapping).slice(3), [null, 'customer_phone']);
  });

  it('leaves empty headers without a field', () => {
    assert.deepEqual(fieldsOf(mapHeaders(['', 'customer_name', ''], {})), [null, 'customer_name', null]);
  });

  it('finds a mapped column by its name, by its name in another writing, and by position', () => {
    for (const key of ['Gast', 'GAST', '#1'])
      assert.deepEqual(fieldsOf(mapHeaders(['Gast'], { [key]: 'customer_name' })), ['customer_name']);
  });

  it('leaves out what is mapped to null, and does not keep it', () => {
    const [column] = mapHeaders(['Phone'], { Phone: null }).columns;
    assert.equal(column?.field, null);
    assert.equal(column?.ignored, true);
  });

  it('takes the five columns of an error report for no data', () => {
    const { columns } = mapHeaders([...REQUIRED, ...ERROR_COLUMNS], {});
    assert.deepEqual(
      columns.map(({ ignored }) => ignored ?? false),
      [false, false, false, true, true, true, true, true],
    );
  });

  it('keeps a NUL and half a surrogate pair out of the names', () => {
    assert.equal(mapHeaders(['a\0b\ud800'], {}).columns[0]?.name, 'a\\u0000b\\uD800');
  });

  it('does not take long over a header of 10 MB or of 16,384 columns', () => {
    const header = ['x'.repeat(10_000_000), ...Array.from({ length: 16_383 }, (_, i) => `custom field ${i}`)];
    const started = performance.now();
    assert.ok(!settleColumns(header, {}).ok);
    assert.ok(performance.now() - started < 1500);
  });
});

describe('requireColumns', () => {
  it('accepts a mapping with every required column', () => {
    assert.ok(settleColumns(REQUIRED, {}).ok);
  });

  it('names each missing column and the likeliest header', () => {
    const { code, errors = [] } = refusalOf(settleColumns(['customer_name', 'Dealer Name', 'Fuel'], {}));
    assert.equal(code, 'MISSING_COLUMNS');
    assert.equal(errors.length, 2);
    assert.match(errors[0]?.message ?? '', /dealer_code.*"Dealer Name" \(#2\)/);
    assert.match(errors[1]?.message ?? '', /booking_date/);
  });

  it('refuses ambiguous headers rather than let the last one win', () => {
    const refusal = refusalOf(settleColumns([...REQUIRED, 'status', 'Status'], {}));
    assert.equal(refusal.code, 'AMBIGUOUS_HEADERS');
    assert.match(refusal.message, /#4 "status", #5 "Status"/);
  });

  it('refuses two columns that the settings map to one field', () => {
    const mapping = { a: 'notes', b: 'notes' } as const;
    assert.equal(refusalOf(settleColumns([...REQUIRED, 'a', 'b'], mapping)).code, 'AMBIGUOUS_HEADERS');
  });

  it('refuses settings that map a column which is not there', () => {
    const refusal = refusalOf(settleColumns(REQUIRED, { 'a/b': 'notes', '#9': 'status', gone: null }));
    assert.equal(refusal.code, 'INVALID_SETTINGS');
    assert.deepEqual(
      refusal.errors?.map(({ pointer }) => pointer),
      ['/mapping/a~1b', '/mapping/#9'],
    );
  });

  it('that says the same 2,000 times is refused in few words', () => {
    const header = Array.from({ length: 2_000 }, () => 'customer_name');
    const settled = settleColumns(header, {});
    assert.ok(!settled.ok);
    assert.equal(settled.failure.code, 'AMBIGUOUS_HEADERS');
    assert.match(settled.failure.message, /^2000 columns could be customer_name: #1 .*#20 [^#]*, …\. Map/);
    assert.ok(JSON.stringify(settled.failure).length < 50_000);
  });
});
