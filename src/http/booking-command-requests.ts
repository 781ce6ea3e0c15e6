import Joi from 'joi';
import { STRATEGIES, type Strategy } from '../domain/assignment.ts';
import { BOOKING_STATUSES, type BookingStatus } from '../domain/booking.ts';
import { ID_KEY, idempotencyKey, instant, text } from './requests.ts';

/** What `change_reason` holds. */
const reason = text(255).allow(null).default(null);
/** A phone's key for one message. */
const messageId = idempotencyKey.label('messageId').allow(null).default(null);

export interface StatusChange {
  status: BookingStatus;
  reason: string | null;
  messageId: string | null;
  occurredAt: string | null;
}
export const statusChange = Joi.object<StatusChange>({
  status: Joi.string()
    .valid(...BOOKING_STATUSES)
    .required(),
  reason,
  messageId,
  occurredAt: instant.allow(null).default(null),
}).required();

/** Somebody by name, or the way to choose somebody. */
export type AssignRequest = ({ advisorId: string } | { strategy: Strategy }) & { reason: string | null };
export const assignRequest = Joi.object<AssignRequest>({
  advisorId: Joi.string().pattern(ID_KEY, 'id'),
  strategy: Joi.string().valid(...STRATEGIES),
  reason,
})
  .xor('advisorId', 'strategy')
  .messages({
    'object.missing': '{{#label}} must have an advisorId or a strategy',
    'object.xor': '{{#label}} must have either an advisorId or a strategy, not both',
  })
  .meta({ jsonSchema: { oneOf: [{ required: ['advisorId'] }, { required: ['strategy'] }] } })
  .required();

export interface RescheduleRequest {
  /** As it was written. */
  bookingDate: string;
  reason: string | null;
}
const DATE_TEXT = {
  description: 'As in a row of an import: ISO 8601 or DD-MM-YYYY; without a zone by the clocks of its dealer.',
  anyOf: [{ format: 'date-time' }, { format: 'date' }, { pattern: '^\\d\\d-\\d\\d-\\d{4}' }],
  examples: ['2027-03-04T10:00:00Z'],
};
export const rescheduleRequest = Joi.object<RescheduleRequest>({
  bookingDate: text(64).required().meta({ jsonSchema: DATE_TEXT }),
  reason,
}).required();

export interface NoteRequest {
  note: string;
  messageId: string | null;
}
export const noteRequest = Joi.object<NoteRequest>({ note: text(2_000).required(), messageId }).required();

/** One of our own entity tags; anything else never matches. */
const VERSION_TAG = /^(?:W\/)?"(\d{1,9})"$/;

/** The version that `If-Match` asks for, of several the `current` one if it is among them; null: any. */
export function expectedVersion(ifMatch: string | undefined, current: number): number | null {
  const given = ifMatch?.trim();
  if (given === undefined || given === '' || given === '*') return null;
  const versions = given.split(',').map((tag) => Number(VERSION_TAG.exec(tag.trim())?.[1] ?? 0));
  return versions.includes(current) ? current : Math.max(...versions);
}
