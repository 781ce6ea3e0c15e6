import type { BookingDraft } from './booking.ts';
import { FIELDS, type Field, type MappedColumn } from './columns.ts';
import type { InputFault } from './failures.ts';
import type { RowFault, RowWarning } from './import.ts';
import type { SourceRecord } from './record.ts';
import { compileRules, type RuleContext } from './row-rules.ts';

/** The members of a single booking and the fields of a row that they are. */
export const MEMBERS = {
  externalId: 'external_id',
  customerName: 'customer_name',
  customerPhone: 'customer_phone',
  customerEmail: 'customer_email',
  dealerCode: 'dealer_code',
  bookingDate: 'booking_date',
  carVariant: 'car_variant',
  advisorEmail: 'advisor_email',
  status: 'status',
  notes: 'notes',
} as const satisfies Record<string, Field>;
export type Member = keyof typeof MEMBERS;

const memberOf = Object.fromEntries(Object.entries(MEMBERS).map(([member, field]) => [field, member])) as Record<
  Field,
  Member
>;

const COLUMNS: MappedColumn[] = FIELDS.map((field, i) => ({ position: i + 1, name: field, field, confidence: 1 }));

export type JudgedBooking =
  | { ok: true; draft: BookingDraft; warnings: InputFault[] }
  | { ok: false; errors: InputFault[] };

/** Judges one booking as if it were the row of an import; what is no text is as if it weren't given. */
export function judgeBooking(
  given: Partial<Record<Member, unknown>>,
  context: Omit<RuleContext, 'columns'>,
): JudgedBooking {
  const verdict = compileRules({ columns: COLUMNS, ...context })(recordOf(given));
  if (!verdict.ok) return { ok: false, errors: verdict.faults.map(toFault) };
  return { ok: true, draft: verdict.draft, warnings: verdict.warnings.map(toFault) };
}

function recordOf(given: Partial<Record<Member, unknown>>): SourceRecord {
  const cells = FIELDS.map((field) => {
    const value = given[memberOf[field]];
    return typeof value === 'string' ? value : '';
  });
  const damaged = cells.flatMap((cell, i) => (isText(cell) ? [] : [i]));
  return { row: 1, line: 1, cells, ...(damaged.length > 0 && { damaged }) };
}

/** Whether Postgres can hold it: it knows no NUL and no lone surrogate. */
export const isText = (text: string): boolean => !text.includes('\0') && text.isWellFormed();

/** The rules speak of columns. */
function toFault({ type, field, message }: RowFault | RowWarning): InputFault {
  if (field === null) return { pointer: '', code: type, message };
  const member = memberOf[field];
  return { pointer: `/${member}`, code: type, message: message.replace(new RegExp(`^${field}\\b`), member) };
}
