import parsePhoneNumber, { type CountryCode } from 'libphonenumber-js/max';
import { isDamagedNumber } from './damaged-number.ts';
import { accept, type Judged, refuse } from './judged.ts';
import { type Cell, cellText } from './record.ts';
import { showValue } from './show-value.ts';

export interface Phone {
  /** E.164: at most 16 characters. */
  e164: string;
  /** A number cell that had lost the plus. */
  withoutPlus: boolean;
}

/** Longer than any number with its separators. */
const LONGEST = 64;
// What copying from a phone or an address book leaves around a number.
const INVISIBLE = /\p{Cf}/gu;

/**
 * Judges a phone by libphonenumber's full metadata: international, with `+` or `00`; by the default country, if one was
 * chosen; or a number cell that is right but for its plus. Empty is null. Faults: `PHONE`, `PRECISION_LOST`.
 */
export function judgePhone(cell: Cell, defaultCountry: string | null): Judged<Phone | null> {
  const text = cellText(cell);
  if (text.length > LONGEST) return text.trim() === '' ? accept(null) : invalid(text);
  const plain = text.replace(INVISIBLE, '').trim();
  if (plain === '') return accept(null);
  if (isDamagedNumber(cell, { exponents: 'all' })) return damaged(plain);
  const isNumber = typeof cell !== 'string';
  if (plain.startsWith('+')) return verdict(plain, parse(plain));
  if (plain.startsWith('00')) return verdict(plain, parse(`+${plain.slice(2)}`));
  const national = defaultCountry === null ? undefined : parse(plain, defaultCountry as CountryCode);
  if (national?.isValid()) return verdict(plain, national);
  const international = isNumber && /^\d+$/.test(plain) ? parse(`+${plain}`) : undefined;
  if (international?.isValid()) return accept({ e164: international.number, withoutPlus: true });
  return defaultCountry === null ? withoutCountry(plain) : invalid(plain);
}

type Parsed = ReturnType<typeof parsePhoneNumber>;
// Without `extract: false` it would take the first number out of any sentence, and leave the second one out.
const parse = (text: string, defaultCountry?: CountryCode): Parsed =>
  parsePhoneNumber(text, { extract: false, ...(defaultCountry && { defaultCountry }) });

function verdict(text: string, parsed: Parsed): Judged<Phone> {
  if (!parsed?.isValid()) return invalid(text);
  // E.164 has no room for it, and to drop it would be to change the number.
  if (parsed.ext) return refuse('PHONE', `${showValue(text)} has an extension: move it to the notes`);
  return accept({ e164: parsed.number, withoutPlus: false });
}

const invalid = (text: string) =>
  refuse('PHONE', `${showValue(text)} is not a valid phone number: correct it, with + and the country code`);
const withoutCountry = (text: string) =>
  refuse(
    'PHONE',
    `${showValue(text)} is not an international phone number: put + and the country code in front, or choose a defaultCountry`,
  );
const damaged = (text: string) =>
  refuse(
    'PRECISION_LOST',
    `${showValue(text)} is a number that a spreadsheet has damaged: format the column as text and type it again`,
  );

/** The digits of a valid E.164 number behind its country code. */
export const nationalNumber = (e164: string): string | null => parse(e164)?.nationalNumber ?? null;
