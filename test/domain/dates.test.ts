import assert from 'node:assert/strict';
import fc from 'fast-check';
import { DateTime } from 'luxon';
import { compileDates } from '../../src/domain/dates.ts';
import { quickDate } from '../../src/domain/quick-date.ts';
import { readDefault } from '../../src/domain/read-date.ts';
import type { Cell } from '../../src/domain/record.ts';
import { toInstant } from '../../src/domain/zoned-time.ts';

const standard = compileDates(null);
const read = (cell: Cell, zone = 'UTC', dates = standard) => dates.judge(cell, zone).value ?? 'DATE';
const two = (n: number) => String(n).padStart(2, '0');

/** Numbers around what a date may hold, so that many are just wrong. */
const parts = fc.record({
  year: fc.integer({ min: 1895, max: 2205 }),
  month: fc.integer({ min: 0, max: 13 }),
  day: fc.integer({ min: 0, max: 32 }),
  hour: fc.integer({ min: 0, max: 25 }),
  minute: fc.integer({ min: 0, max: 60 }),
  zone: fc.constantFrom('', 'Z', '+05:30', '-08:00', '+14:00', '+15:00', '+05:60', '+0530', '+05'),
});
const written = parts.chain((p) => {
  const iso = `${p.year}-${two(p.month)}-${two(p.day)}`;
  const time = `${two(p.hour)}:${two(p.minute)}`;
  return fc.constantFrom(
    iso,
    `${iso}T${time}${p.zone}`,
    `${iso} ${time}`,
    `${iso}T${time}:30${p.zone}`,
    `${iso}T${time}:60`,
    `${iso}T${time}:30.250${p.zone}`,
    `${iso.replaceAll('-', '')}T${time.replace(':', '')}${p.zone}`,
    `${two(p.day)}-${two(p.month)}-${p.year}`,
    `${two(p.day)}-${two(p.month)}-${p.year} ${time}`,
    `${p.year}-W${two(p.day)}-${p.month}`,
  );
});

describe('dates', () => {
  it('reads ISO 8601 dates and times, extended and basic', () => {
    assert.equal(read('2027-03-04'), '2027-03-04T00:00:00.000Z');
    assert.equal(read('20270304'), '2027-03-04T00:00:00.000Z');
    assert.equal(read('2027-03-04T10:00'), '2027-03-04T10:00:00.000Z');
    assert.equal(read('2027-03-04 10:00:30.5'), '2027-03-04T10:00:30.500Z');
    assert.equal(read('2027-03-04T10:00:00+05:30'), '2027-03-04T04:30:00.000Z');
    assert.equal(read('20270304T100000Z'), '2027-03-04T10:00:00.000Z');
    assert.equal(read('2027-063'), '2027-03-04T00:00:00.000Z');
    assert.equal(read('2027-W09-4'), '2027-03-04T00:00:00.000Z');
  });

  it('reads DD-MM-YYYY, with a time or without', () => {
    assert.equal(read('04-03-2027'), '2027-03-04T00:00:00.000Z');
    assert.equal(read(' 04-03-2027 10:30 '), '2027-03-04T10:30:00.000Z');
  });

  it('refuses days and months that do not exist, with the value', () => {
    for (const text of ['31-02-2027', '29-02-2027', '2027-02-29', '2027-13-01', '2027-00-10', '32-01-2027']) {
      const { fault } = standard.judge(text, 'UTC');
      assert.equal(fault?.type, 'DATE');
      assert.ok(fault.message.includes(text));
    }
    assert.equal(read('29-02-2028'), '2028-02-29T00:00:00.000Z');
  });

  it('refuses half dates and times that roll over', () => {
    for (const text of ['2027', '2027-03', '10:00', '2027-03-04T24:00', '2027-03-04T10:60', '2027-03-04T10:00+19:00'])
      assert.equal(read(text), 'DATE');
    for (const text of ['04-03-2027 24:00', '04-03-2027 24:00:00', '24-03-2027 24:00'])
      assert.equal(read(text), 'DATE');
    assert.equal(read('24-03-2027 00:24'), '2027-03-24T00:24:00.000Z');
  });

  it('refuses an hour of 24 in the chosen format as well', () => {
    const dates = compileDates('d/M/yyyy H:mm');
    for (const text of ['4/3/2027 24:00', '24/3/2027 24:00']) assert.equal(read(text, 'UTC', dates), 'DATE');
    assert.equal(read('24/3/2027 0:00', 'UTC', dates), '2027-03-24T00:00:00.000Z');
  });

  it('refuses 03/04/2027 until a format was chosen', () => {
    assert.match(standard.judge('03/04/2027', 'UTC').fault?.message ?? '', /choose a dateFormat/);
    assert.equal(read('03/04/2027', 'UTC', compileDates('dd/MM/yyyy')), '2027-04-03T00:00:00.000Z');
    assert.equal(read('03/04/2027', 'UTC', compileDates('MM/dd/yyyy')), '2027-03-04T00:00:00.000Z');
  });

  it('reads nothing but the chosen format', () => {
    const dates = compileDates('dd/MM/yyyy');
    for (const text of ['2027-03-04', '04-03-2027', '31/02/2027', '3/4/2027', '03/04/27'])
      assert.equal(read(text, 'UTC', dates), 'DATE');
  });

  it('reads month names and a zone in the chosen format', () => {
    assert.equal(
      read('4 Mar 2027 2:30 pm +05:30', 'UTC', compileDates('d MMM yyyy h:mm a ZZ')),
      '2027-03-04T09:00:00.000Z',
    );
  });

  it('takes a true date cell for the day it shows, whatever the format', () => {
    const cell: Cell = { kind: 'date', text: '2027-03-04T10:00:00' };
    for (const dates of [standard, compileDates('dd/MM/yyyy')])
      assert.equal(read(cell, 'Asia/Kolkata', dates), '2027-03-04T04:30:00.000Z');
  });

  it('refuses a number cell that is no date cell', () => {
    assert.match(standard.judge({ kind: 'number', text: '46450' }, 'UTC').fault?.message ?? '', /is a number/);
  });

  it('refuses years outside 1900 to 2200', () => {
    for (const text of ['1899-12-31', '2201-01-01', '0000-01-01', '31-12-9999']) assert.equal(read(text), 'DATE');
    assert.equal(read('2200-12-31'), '2200-12-31T00:00:00.000Z');
  });

  it('gives a time without a zone that of the row, in summer and winter', () => {
    assert.equal(read('2027-07-01T10:00', 'Europe/Berlin'), '2027-07-01T08:00:00.000Z');
    assert.equal(read('2027-01-01T10:00', 'Europe/Berlin'), '2027-01-01T09:00:00.000Z');
  });

  it('refuses a time that the clocks skip, and takes the first of two', () => {
    assert.match(standard.judge('2027-03-28T02:30', 'Europe/Berlin').fault?.message ?? '', /does not exist in Europe/);
    assert.equal(read('2027-10-31T02:30', 'Europe/Berlin'), '2027-10-31T00:30:00.000Z');
  });

  it('takes a date for the first moment of its day where midnight is skipped', () => {
    assert.equal(read('2027-09-05', 'America/Santiago'), '2027-09-05T04:00:00.000Z');
  });

  it('takes UTC for a zone that is none', () => assert.equal(toInstant(0, 'no such zone'), 0));

  it('never rolls over: what is read shows the very numbers that were written', () => {
    fc.assert(
      fc.property(parts, ({ year, month, day, hour, minute }) => {
        for (const text of [
          `${year}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}`,
          `${two(day)}-${two(month)}-${year} ${two(hour)}:${two(minute)}`,
        ]) {
          const value = read(text);
          const same = `${year}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}:00.000Z`;
          assert.ok(value === 'DATE' || value === same, `${text} became ${value}`);
        }
      }),
    );
  });

  it('shows the wall time again in its zone', () => {
    const zones = fc.constantFrom(
      'Asia/Kolkata',
      'Europe/Berlin',
      'America/New_York',
      'America/Santiago',
      'Pacific/Apia',
    );
    fc.assert(
      fc.property(zones, fc.integer({ min: 0, max: 4_000_000 }), (zone, minutes) => {
        const wall = Date.UTC(2024, 0, 1, 0, 30) + minutes * 60_000;
        const instant = toInstant(wall, zone);
        if (instant === null || wall % 86_400_000 === 0) return;
        const shown = DateTime.fromMillis(instant, { zone }).toFormat("yyyy-MM-dd'T'HH:mm:ss.SSS");
        assert.equal(`${shown}Z`, new Date(wall).toISOString());
      }),
    );
  });
});

describe('quickDate', () => {
  it('never accepts what luxon refuses or reads otherwise', () => {
    fc.assert(
      fc.property(fc.oneof(written, fc.string()), (text) => {
        const quick = quickDate(text);
        if (quick) assert.deepEqual(readDefault(text), quick);
      }),
      { numRuns: 3000 },
    );
  });

  it('reads the everyday forms itself', () => {
    for (const text of [
      '2027-03-04',
      '2027-03-04T10:00:00+05:30',
      '2027-03-04 10:00',
      '04-03-2027',
      '04-03-2027 10:00',
    ])
      assert.ok(quickDate(text), text);
  });
});
