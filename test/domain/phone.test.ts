import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type CountryCode, getCountries, getCountryCallingCode, getExampleNumber } from 'libphonenumber-js/max';
import examples from 'libphonenumber-js/mobile/examples';
import { judgePhone } from '../../src/domain/phone.ts';
import { quickPhone } from '../../src/domain/quick-phone.ts';
import type { Cell } from '../../src/domain/record.ts';

const number = (text: string): Cell => ({ kind: 'number', text });
const typeOf = (cell: Cell, country: string | null = null) => judgePhone(cell, country).fault?.type ?? 'ok';
const e164Of = (cell: Cell, country: string | null = null) => judgePhone(cell, country).value?.e164;

describe('judgePhone', () => {
  it('stores an international number as E.164, however it is written', () => {
    for (const text of [
      '+919876543210',
      ' +91 98765-43210 ',
      '+91 (0)98765 43210',
      '0091 98765 43210',
      '\u202a+919876543210\u202c',
    ])
      assert.equal(e164Of(text), '+919876543210');
    assert.equal(e164Of('0049 30 1234567'), '+49301234567');
  });

  it('takes no phone for none', () => {
    for (const text of ['', '   ']) assert.deepEqual(judgePhone(text, null), { value: null });
  });

  it('takes a landline, too', () => assert.equal(e164Of('+49 30 1234567'), '+49301234567'));

  it('refuses a number without country code unless a country was chosen', () => {
    assert.equal(typeOf('98765 43210'), 'PHONE');
    assert.equal(e164Of('98765 43210', 'IN'), '+919876543210');
    assert.equal(e164Of('030 1234567', 'DE'), '+49301234567');
    assert.equal(e164Of('+49 30 1234567', 'IN'), '+49301234567');
  });

  it('refuses what is no number, or more than one', () => {
    for (const text of ['12345', '+9198765432101', '+999 123 456', 'call me', '+919876543210 / +919876543211'])
      assert.equal(typeOf(text), 'PHONE');
  });

  it('refuses an extension, which E.164 cannot hold', () => assert.equal(typeOf('+1 212-555-0123 ext. 4'), 'PHONE'));

  it('accepts a number cell that lost only its plus', () => {
    assert.deepEqual(judgePhone(number('919876543210'), null), { value: { e164: '+919876543210', withoutPlus: true } });
    assert.equal(typeOf('919876543210'), 'PHONE', 'typed as text, nothing was lost');
    assert.equal(typeOf(number('9876543210')), 'PHONE');
  });

  it('reads a number cell by the chosen country first', () => {
    assert.deepEqual(judgePhone(number('9876543210'), 'IN'), { value: { e164: '+919876543210', withoutPlus: false } });
    assert.deepEqual(judgePhone(number('4930123456'), 'US').value?.withoutPlus, true);
  });

  it('calls a number that a spreadsheet damaged PRECISION_LOST', () => {
    for (const cell of [
      '9.19877E+11',
      '1E10',
      '1.23E+12',
      number('9.19876E+11'),
      number('9198765432101234'),
      number('1E10'),
    ])
      assert.equal(typeOf(cell), 'PRECISION_LOST');
  });

  it('says the value and what to do, and never more than 60 characters of it', () => {
    const message = judgePhone('9'.repeat(10_000_000), null).fault?.message ?? '';
    assert.ok(message.length < 200 && message.includes('9'.repeat(60)) && !message.includes('9'.repeat(61)));
  });

  it('accepts nothing that is not E.164', () => {
    const cells = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'0123456789+- ()') }), mutatedNumbers);
    fc.assert(
      fc.property(cells, fc.constantFrom(null, 'IN', 'DE', 'US'), (text, country) => {
        for (const cell of [text, number(text)]) {
          const phone = judgePhone(cell, country).value;
          if (phone) assert.match(phone.e164, /^\+[1-9]\d{1,14}$/);
        }
      }),
    );
  });
});

/** Example numbers of every country with some digits changed, added or removed, in several ways of writing. */
const mutatedNumbers = fc
  .record({
    country: fc.constantFrom(...getCountries()),
    changes: fc.array(fc.tuple(fc.nat(12), fc.nat(9)), { maxLength: 6 }),
    tail: fc.constantFrom('', '', '', '7', '00'),
    head: fc.constantFrom('', '', '', '0', '1', '8'),
    write: fc.constantFrom(
      (code: string, rest: string) => `+${code}${rest}`,
      (code: string, rest: string) => `+${code} ${rest.slice(0, 3)}-${rest.slice(3)}`,
    ),
  })
  .map(({ country, changes, tail, head, write }) => {
    const digits = [...exampleOf(country)];
    for (const [at, digit] of changes) digits[at % digits.length] = String(digit);
    return write(getCountryCallingCode(country), `${head}${digits.join('')}${tail}`);
  });
const exampleOf = (country: CountryCode) => String(getExampleNumber(country, examples)?.nationalNumber ?? '212345678');

describe('quickPhone', () => {
  it('never accepts a number that libphonenumber refuses or reads otherwise', () => {
    fc.assert(
      fc.property(mutatedNumbers, (text) => {
        const quick = quickPhone(text);
        if (quick !== null) assert.deepEqual(judgePhone(text, null), { value: { e164: quick, withoutPlus: false } });
      }),
      { numRuns: 3000 },
    );
  });

  it('accepts an ordinary mobile of nearly every country', () => {
    const slow = getCountries().filter(
      (country) => !quickPhone(`+${getCountryCallingCode(country)}${exampleOf(country)}`),
    );
    assert.ok(slow.length < 15, slow.join());
  });
});
