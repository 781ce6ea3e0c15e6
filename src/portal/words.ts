import type { Field } from '../domain/columns.ts';
import type { ImportPhase, ImportView, RowErrorType, RowWarningType } from '../domain/import.ts';

export const FIELD_WORDS: Record<Field, string> = {
  customer_name: 'Customer name',
  dealer_code: 'Dealer code',
  booking_date: 'Booking date',
  customer_phone: 'Customer phone',
  customer_email: 'Customer e-mail',
  external_id: 'External ID',
  car_variant: 'Car variant',
  advisor_email: 'Advisor e-mail',
  status: 'Status',
  notes: 'Notes',
};
export const REQUIRED: readonly Field[] = ['customer_name', 'dealer_code', 'booking_date'];

const PHASE_WORDS: Record<ImportPhase, string> = {
  uploaded: 'Waiting to start',
  parsing: 'Reading the file',
  validating: 'Checking the rows',
  writing: 'Writing the bookings',
  paused: 'Paused',
  cancelling: 'Cancelling',
  done: 'Done',
};

export const ERROR_WORDS: Record<RowErrorType, string> = {
  REQUIRED: 'A required value is missing',
  LENGTH: 'A value is too short or too long',
  PHONE: 'Not a valid phone number',
  EMAIL: 'Not a valid e-mail address',
  DATE: 'Not a valid date',
  UNKNOWN_DEALER: 'No dealer has this code',
  INACTIVE_DEALER: 'The dealer is not active',
  STATUS: 'Not a known status',
  DUPLICATE: 'The external ID is taken',
  TOO_MANY_COLUMNS: 'The row has more cells than the header',
  PRECISION_LOST: 'The spreadsheet damaged a number',
  ENCODING: 'Characters that cannot be read',
  DATABASE: 'The database refused the row',
};

export const WARNING_WORDS: Record<RowWarningType, string> = {
  UNKNOWN_ADVISOR: 'No such advisor: left unassigned',
  UNKNOWN_VARIANT: 'Car variant is not on the list: kept as text',
  PHONE_WITHOUT_PLUS: 'Phone had lost its plus: restored',
  POSSIBLE_DUPLICATE: 'May be a booking that exists already',
  NO_ADVISOR_AVAILABLE: 'Nobody serves the dealer: left unassigned',
};

export const DELIMITER_WORDS: Record<string, string> = { ',': 'comma', ';': 'semicolon', '\t': 'tab', '|': 'pipe' };

/** A word for a code, and the code itself where a newer server knows one that this page doesn't. */
export const wordFor = (words: Record<string, string>, code: string): string => words[code] ?? code;

export type Tone = 'good' | 'warn' | 'bad' | 'live' | 'quiet';

/** What an import does, or how long it has to wait until it does. */
export const phaseWord = ({ phase, queuePosition }: ImportView): string =>
  queuePosition === null ? wordFor(PHASE_WORDS, phase) : `Waiting, ${ordinal(queuePosition)} in line`;

/** An import's state in one or two words, with the tone it is shown in. */
export function stateOf(view: ImportView): { word: string; tone: Tone } {
  const { status, phase, rows, dryRun, undo } = view;
  if (phase === 'paused') return { word: 'Paused', tone: 'warn' };
  if (view.queuePosition !== null) return { word: phaseWord(view), tone: 'quiet' };
  if (status === 'PENDING') return { word: 'Waiting', tone: 'live' };
  if (status === 'PROCESSING') return { word: phase === 'cancelling' ? 'Cancelling' : 'Running', tone: 'live' };
  if (status === 'FAILED') return { word: 'Failed', tone: 'bad' };
  if (status === 'CANCELLED') return { word: 'Cancelled', tone: 'quiet' };
  if (undo) return { word: 'Undone', tone: 'quiet' };
  if (rows.failed > 0) return { word: dryRun ? 'Faults found' : 'Done with faults', tone: 'warn' };
  return { word: dryRun ? 'No faults' : 'Completed', tone: 'good' };
}

const NUMBER = new Intl.NumberFormat('en');
export const count = (n: number): string => NUMBER.format(n);
const ORDINAL = new Intl.PluralRules('en', { type: 'ordinal' });
const SUFFIX: Record<string, string> = { one: 'st', two: 'nd', few: 'rd' };
const ordinal = (n: number): string => `${count(n)}${SUFFIX[ORDINAL.select(n)] ?? 'th'}`;
export const plural = (n: number, one: string, many = `${one}s`): string => `${count(n)} ${n === 1 ? one : many}`;

export function fileSize(bytes: number): string {
  if (bytes < 1000) return plural(bytes, 'byte');
  const [value, unit] = bytes < 1_000_000 ? [bytes / 1000, 'kB'] : [bytes / 1_000_000, 'MB'];
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${unit}`;
}

export function duration(seconds: number): string {
  if (seconds < 1) return 'under a second';
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.round(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

const WHEN = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' });
export const moment = (iso: string): string => WHEN.format(new Date(iso));
