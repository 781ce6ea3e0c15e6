import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { projectRoot } from '../../src/embedded/project-root.ts';

export interface Customers {
  names: Set<string>;
  emails: Set<string>;
  /** Digits alone, with the country and without a plus. */
  phones: Set<string>;
}

export interface PersonalLine {
  file: string;
  line: number;
  what: keyof Customers;
  /** What the line is about, without what it holds. */
  message: string;
}

const SAMPLES = ['sample_valid_bookings.csv', 'sample_invalid_bookings.csv', 'sample_large_import.csv'];
/** A first and a last name: one word alone, such as Anna, may be anything. */
const FULL_NAME = /^\p{L}+ [\p{L}']+$/u;
const CANDIDATES: Record<keyof Customers, RegExp> = {
  names: /\p{L}+ (?=([\p{L}']+))/gu,
  emails: /[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g,
  phones: /\+?\d[\d -]{8,20}\d/g,
};
const KINDS = Object.keys(CANDIDATES) as (keyof Customers)[];

/** Whoever stands in the sample files. The seeded rows of other tests are made of the same names. */
export function fixtureCustomers(): Customers {
  const rows = SAMPLES.flatMap((file) =>
    parse<Record<string, string>>(readFileSync(join(projectRoot(), 'fixtures', file)), {
      columns: true,
      relax_column_count: true,
    }),
  );
  const all = (column: string) => rows.map((row) => row[column] ?? '').filter((value) => value !== '');
  return {
    names: new Set(all('customer_name').filter((name) => FULL_NAME.test(name))),
    emails: new Set(all('customer_email').filter((email) => email.includes('@'))),
    phones: new Set(
      all('customer_phone')
        .map(digitsOf)
        .filter((phone) => phone.length >= 10),
    ),
  };
}

const digitsOf = (text: string): string => text.replace(/\D/g, '').replace(/^00/, '');

/** The first line of each kind in all files of a folder that names a customer. */
export function findPersonalData(directory: string, customers: Customers): PersonalLine[] {
  const found = new Map<string, PersonalLine>();
  for (const file of readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.log/.test(name),
  )) {
    readFileSync(join(directory, file), 'utf8')
      .split('\n')
      .forEach((text, index) => {
        const what = KINDS.find((kind) => names(customers, kind, text));
        if (what === undefined) return;
        const message = subjectOf(text);
        const kind = `${what} ${message}`;
        if (!found.has(kind)) found.set(kind, { file, line: index + 1, what, message });
      });
  }
  return [...found.values()];
}

function names(customers: Customers, kind: keyof Customers, text: string): boolean {
  for (const [match, next] of text.matchAll(CANDIDATES[kind])) {
    // Names overlap: each word with the one behind it.
    const candidate = kind === 'names' ? `${match}${next}` : kind === 'phones' ? digitsOf(match) : match;
    if (customers[kind].has(candidate)) return true;
  }
  return false;
}

/** A JSON line's `msg`, or what kind of line Postgres wrote. */
function subjectOf(text: string): string {
  try {
    return String(JSON.parse(text).msg);
  } catch {
    return /\b(ERROR|DETAIL|STATEMENT|CONTEXT|LOG|FATAL|HINT|WARNING):/.exec(text)?.[1] ?? 'a line that is no JSON';
  }
}
