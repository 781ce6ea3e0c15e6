import Joi from 'joi';
import type { BookingDraft } from '../domain/booking.ts';
import { fail, type InputFault, ok, type Result } from '../domain/failures.ts';
import { judgeBooking, MEMBERS, type Member } from '../domain/new-booking.ts';
import type { ReferenceLists } from '../domain/reference-lookup.ts';
import { parseSettings } from '../domain/settings.ts';
import { jsonObject } from './json-object.ts';
import { parseRequest } from './requests.ts';

/** A person's at the desk is `manual`. */
const SOURCES = ['api', 'manual'] as const;
// The row's rules say what a text must be.
const row = Object.fromEntries(Object.keys(MEMBERS).map((member) => [member, Joi.string().allow('', null)]));
export type BookingInput = Partial<Record<Member, string | null>> & {
  source: (typeof SOURCES)[number];
  metadata: Record<string, unknown> | null;
};
export const bookingInput = Joi.object<BookingInput>({
  ...row,
  source: Joi.valid(...SOURCES).default('api'),
  metadata: jsonObject(Joi.object()).allow(null).default(null),
}).required();

export interface ReadBooking {
  draft: BookingDraft;
  source: BookingInput['source'];
  warnings: InputFault[];
}

/** What a body asks to create. `INVALID_BOOKING` has all its faults at once, of its form and of its content. */
export function readBooking(body: unknown, references: ReferenceLists): Result<ReadBooking> {
  const form = parseRequest(bookingInput, body);
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return form.ok ? noObject() : form;
  const judged = judgeBooking(body, { ...references, settings: SETTINGS });
  if (form.ok && judged.ok) {
    const { draft, warnings } = judged;
    const metadata = { ...form.value.metadata, ...draft.metadata };
    const kept = Object.keys(metadata).length > 0 ? metadata : null;
    return ok({ draft: { ...draft, metadata: kept }, source: form.value.source, warnings });
  }
  const faults = form.ok ? [] : (form.failure.errors ?? []);
  const misshapen = new Set(faults.map(({ pointer }) => pointer));
  return invalid([...faults, ...(judged.ok ? [] : judged.errors.filter(({ pointer }) => !misshapen.has(pointer)))]);
}

export const invalid = (errors: InputFault[]) =>
  fail('INVALID_BOOKING', `The booking is not right: ${errors.map(({ message }) => message).join('; ')}.`, { errors });

const noObject = () => fail('INVALID_REQUEST', 'The request is not right: the body must be a JSON object.');

const defaults = parseSettings({});
if (!defaults.ok) throw new Error(defaults.failure.message);
/** Those of an import that sets nothing. */
const SETTINGS = defaults.value;
