import assert from 'node:assert/strict';
import fc from 'fast-check';
import { compileDates } from '../../src/domain/dates.ts';
import type { RowErrorType } from '../../src/domain/import.ts';
import { compileQuickRules } from '../../src/domain/quick-row.ts';
import type { Cell } from '../../src/domain/record.ts';
import { indexReferences } from '../../src/domain/reference-lookup.ts';
import { compileRules } from '../../src/domain/row-rules.ts';
import { compileSchema } from '../../src/domain/row-schema.ts';
import type { RowCells } from '../../src/domain/row-values.ts';
import { contextOf, faultsOf, HEADER, judge } from './rule-context.ts';

type Column = (typeof HEADER)[number];

/** For each column what is wrong in it, and as what. */
const DEFECTS: Partial<Record<Column, [Cell, RowErrorType][]>> = {
  external_id: [
    ['N'.repeat(256), 'LENGTH'],
    ['1.23E+12', 'PRECISION_LOST'],
  ],
  customer_name: [
    ['', 'REQUIRED'],
    ['X', 'LENGTH'],
  ],
  customer_phone: [
    ['12345', 'PHONE'],
    ['9.19E+11', 'PRECISION_LOST'],
    [{ kind: 'number', text: '12' }, 'PHONE'],
  ],
  customer_email: [
    ['a@', 'EMAIL'],
    [`${'a'.repeat(300)}@b.com`, 'LENGTH'],
  ],
  dealer_code: [
    ['', 'REQUIRED'],
    ['NOPE', 'UNKNOWN_DEALER'],
    ['DLR003', 'INACTIVE_DEALER'],
  ],
  booking_date: [
    ['', 'REQUIRED'],
    ['31-02-2027', 'DATE'],
    ['03/04/2027', 'DATE'],
  ],
  car_variant: [['v'.repeat(10_001), 'LENGTH']],
  advisor_email: [['Nisha', 'EMAIL']],
  status: [['DONE', 'STATUS']],
  notes: [['n'.repeat(10_001), 'LENGTH']],
};

const defects = fc
  .subarray(HEADER.filter((column) => DEFECTS[column]))
  .chain((columns) =>
    fc.tuple(
      ...columns.map((column) =>
        fc.constantFrom(...(DEFECTS[column] ?? [])).map(([cell, type]) => ({ column, cell, type })),
      ),
    ),
  );

describe('a verdict', () => {
  it('names exactly the defects that were planted, all at once', () => {
    fc.assert(
      fc.property(defects, (planted) => {
        const verdict = judge(Object.fromEntries(planted.map(({ column, cell }) => [column, cell])));
        const expected = planted.map(({ column, type }) => `${type} ${column}`);
        assert.deepEqual(faultsOf(verdict), expected.length > 0 ? expected : 'ok');
      }),
    );
  });

  it('is given for any cells, and never by throwing', () => {
    const rules = compileRules(contextOf({ defaultCountry: 'IN' }, [...HEADER, 'Fuel']));
    const cell = fc.oneof(
      fc.string(),
      fc.string({ unit: 'grapheme' }),
      fc.record({ kind: fc.constantFrom('number' as const, 'date' as const), text: fc.string() }),
    );
    fc.assert(
      fc.property(fc.array(cell, { maxLength: 13 }), fc.array(fc.nat(12)), (cells, damaged) => {
        const verdict = rules({ row: 1, line: 2, cells, damaged });
        if (verdict.ok) assert.ok(verdict.draft.customer_name.trim().length > 0);
        else assert.ok(verdict.faults.length > 0 && verdict.faults.every(({ message }) => message.isWellFormed()));
      }),
    );
  });
});

/** Cells of the kind that real files have: most are right, many nearly. */
const LIKELY: Record<Column, fc.Arbitrary<Cell>> = {
  external_id: fc.oneof(fc.constantFrom('', 'S-1', '1E10', '1.2E+10', ' S', 'ß'), fc.string()),
  customer_name: fc.oneof(
    fc.constantFrom(
      'Asha Rao',
      'Al',
      'A',
      ' Asha',
      '\tAsha',
      'Asha\n',
      '=1',
      "O'Brien",
      '𠮷',
      '𠮷𠮷',
      'Dr. No',
      'N'.repeat(256),
    ),
    fc.string({ unit: 'grapheme', maxLength: 12 }),
  ),
  customer_phone: fc.constantFrom<Cell>('', '+919876543210', '+91 98765 43210', '12', {
    kind: 'number',
    text: '919876543210',
  }),
  customer_email: fc.oneof(
    fc.constantFrom('', 'a@b.com', 'a.b-c+d@e-f.gh', 'a@b', 'a@b.c', '-a@b.com', 'a..b@c.de', ' a@b.com'),
    fc.string({ unit: fc.constantFrom(...'ab1.-_+@'), maxLength: 14 }),
    fc.emailAddress(),
  ),
  dealer_code: fc.constantFrom('DLR001', 'DLR002', 'dlr001', 'DLR003', 'NOPE', ' DLR001'),
  booking_date: fc.constantFrom<Cell>(
    '2027-03-04',
    '04-03-2027',
    '2027-03-28T02:30',
    '2027-03-04T10:00Z ',
    '31-02-2027',
    { kind: 'date', text: '2027-03-04T00:00:00' },
  ),
  car_variant: fc.constantFrom<Cell>('', ' ', 'Nexon XZ+', ' x ', { kind: 'number', text: '3008' }),
  advisor_email: fc.constantFrom('', 'nisha@dealers.example', 'Nisha'),
  status: fc.constantFrom('', 'PENDING', 'pending', 'ASSIGNED', 'DONE', ' '),
  notes: fc.oneof(fc.constantFrom('', '  ', '\n'), fc.string()),
};

describe('the quick rules', () => {
  const context = contextOf();
  const rules = { dates: compileDates(null), references: indexReferences(context), defaultCountry: null };
  const quick = compileQuickRules(rules);
  const accept = (cells: RowCells, zone: string) => {
    const values = quick(cells, zone);
    return Object.values(values).includes(undefined) ? null : values;
  };
  const judgeByJoi = compileSchema(rules);
  const empty = Object.fromEntries(HEADER.map((column) => [column, ''])) as RowCells;
  const base: RowCells = { ...empty, customer_name: 'Asha Rao', dealer_code: 'DLR001', booking_date: '2027-03-04' };

  it('never accept a row that joi refuses, or make other values of it', () => {
    let accepted = 0;
    const zones = fc.constantFrom('UTC', 'Europe/Berlin');
    const mostlyGood = Object.fromEntries(
      HEADER.map((column) => [
        column,
        fc.oneof({ weight: 4, arbitrary: fc.constant(base[column]) }, { weight: 1, arbitrary: LIKELY[column] }),
      ]),
    ) as Record<Column, fc.Arbitrary<Cell>>;
    fc.assert(
      fc.property(fc.record<RowCells>(mostlyGood), zones, (cells, zone) => {
        const values = accept(cells, zone);
        if (!values) return;
        accepted += 1;
        assert.deepEqual(judgeByJoi(cells, zone), { ok: true, values, warnings: [] });
      }),
      { numRuns: 5000 },
    );
    assert.ok(accepted > 500, `only ${accepted} rows were accepted`);
  });

  it('accept each single cell only as joi does', () => {
    for (const column of HEADER)
      fc.assert(
        fc.property(LIKELY[column], (cell) => {
          const values = accept({ ...base, [column]: cell }, 'UTC');
          if (values)
            assert.deepEqual(judgeByJoi({ ...base, [column]: cell }, 'UTC'), { ok: true, values, warnings: [] });
        }),
        { numRuns: 500 },
      );
  });

  it('and joi for the cells that they doubt come to what joi makes of the whole row', () => {
    const judgeRow = compileRules(contextOf({ timeZone: 'UTC' }));
    let refused = 0;
    fc.assert(
      fc.property(fc.record<RowCells>(LIKELY as Record<Column, fc.Arbitrary<Cell>>), (cells) => {
        const byJoi = judgeByJoi(cells, 'UTC');
        const verdict = judgeRow({ row: 1, line: 2, cells: HEADER.map((column) => cells[column]) });
        if (byJoi.ok) return assert.ok(verdict.ok);
        refused += 1;
        assert.deepEqual(verdict.ok ? [] : verdict.faults, byJoi.faults);
      }),
      { numRuns: 3000 },
    );
    assert.ok(refused > 500, `only ${refused} rows were refused`);
  });
});
