import assert from 'node:assert/strict';
import { normaliseDateFormat } from '../../src/domain/date-format.ts';
import { parseSettings } from '../../src/domain/settings.ts';

function settingsFrom(input: unknown) {
  const result = parseSettings(input);
  assert.ok(result.ok, JSON.stringify(result));
  return result.value;
}
function pointersOf(input: unknown): string[] {
  const result = parseSettings(input);
  assert.ok(!result.ok);
  assert.equal(result.failure.code, 'INVALID_SETTINGS');
  return (result.failure.errors ?? []).map(({ pointer }) => pointer);
}

describe('parseSettings', () => {
  it("fills in the contract's defaults", () => {
    const defaults = {
      mapping: {},
      dateFormat: null,
      timeZone: null,
      defaultCountry: null,
      onDuplicate: 'skip',
      assignment: 'manual',
      mode: 'partial',
      sheet: null,
      encoding: null,
      delimiter: null,
      allowSameFile: false,
      notify: true,
      historical: false,
    };
    for (const nothing of [undefined, null, {}]) assert.deepEqual(settingsFrom(nothing), defaults);
  });

  it('keeps what is right, in one writing', () => {
    const given = { timeZone: 'Asia/Kolkata', defaultCountry: 'in', encoding: 'UTF-8', delimiter: '\t' };
    const { timeZone, defaultCountry, encoding, delimiter } = settingsFrom(given);
    assert.deepEqual([timeZone, defaultCountry, encoding, delimiter], ['Asia/Kolkata', 'IN', 'utf-8', '\t']);
  });

  it('takes each way to assign', () => {
    for (const assignment of ['manual', 'round_robin', 'least_loaded', 'dealer_based'])
      assert.equal(settingsFrom({ assignment }).assignment, assignment);
  });

  it('names every fault at once by its pointer', () => {
    const wrong = {
      mapping: { Phone: 'telephone', 'a/b': 7 },
      dateFormat: 'tomorrow',
      timeZone: 'Mars/Olympus',
      defaultCountry: 'ZZ',
      onDuplicate: 'replace',
      assignment: 'whoever',
      encoding: 'ebcdic',
      delimiter: '::',
      notify: 'yes',
      sheets: 'x',
    };
    assert.deepEqual(pointersOf(wrong).sort(), [
      '/assignment',
      '/dateFormat',
      '/defaultCountry',
      '/delimiter',
      '/encoding',
      '/mapping/Phone',
      '/mapping/a~1b',
      '/notify',
      '/onDuplicate',
      '/sheets',
      '/timeZone',
    ]);
  });

  it('refuses what is no object', () => {
    for (const input of ['x', [], 7]) assert.deepEqual(pointersOf(input), ['']);
  });

  it('refuses text that Postgres could not store', () => {
    assert.deepEqual(pointersOf({ sheet: 'a\0' }), ['/sheet']);
    assert.deepEqual(pointersOf({ sheet: '\ud800' }), ['/sheet']);
  });
});

describe('normaliseDateFormat', () => {
  const formats = {
    'DD/MM/YYYY': 'dd/MM/yyyy',
    'MM/DD/YYYY': 'MM/dd/yyyy',
    'DD.MM.YYYY HH:mm': 'dd.MM.yyyy HH:mm',
    'D MMM YY h:mm A': 'd MMM yy h:mm a',
    'yyyy-MM-ddTHH:mm:ss': "yyyy-MM-dd'T'HH:mm:ss",
    "dd 'of' MMMM yyyy": "dd 'of' MMMM yyyy",
  };
  for (const [given, format] of Object.entries(formats))
    it(`takes ${given}`, () => assert.deepEqual(normaliseDateFormat(given), { ok: true, format }));

  const refused = {
    'YYYY-MM': 'no day',
    'dd/mm/yyyy': 'MM is the month',
    'DD/MM': 'no year',
    HH: 'no day and no month and no year',
    'DD/MM/YYYY hh:mm': 'go together',
    'DD/MM/YYYY HH:mm a': 'go together',
    'DD/MM/YYYY mm': 'gap',
    'DD/DD/MM/YYYY': 'day twice',
    'DD/MM/YYYY QQ': 'no part of a date',
    '': 'no day',
  };
  for (const [given, reason] of Object.entries(refused))
    it(`refuses "${given}" and says why`, () => {
      const format = normaliseDateFormat(given);
      assert.ok(!format.ok);
      assert.ok(format.reason.includes(reason), format.reason);
    });
});
