import { AUDIT_ACTIONS, BOOKING_SOURCES, BOOKING_STATUSES } from '../../domain/booking.ts';
import type { HistoryEntry, TrailEntry } from '../../domain/booking-trail.ts';
import type { BookingView } from '../../domain/booking-view.ts';
import { TIMER_KINDS } from '../../domain/lifecycle-timers.ts';
import {
  anything,
  count,
  flag,
  id,
  instant,
  type JsonSchema,
  list,
  nullable,
  object,
  oneOf,
  ref,
  string,
} from './json-schema.ts';

const status = oneOf(BOOKING_STATUSES);

const booking: { [K in keyof BookingView]: JsonSchema } = {
  id,
  externalId: nullable(string),
  dealerCode: nullable(string),
  dealerName: nullable(string),
  customerName: string,
  customerPhone: { type: ['string', 'null'], description: 'E.164.' },
  customerEmail: nullable(string),
  advisor: nullable(object<NonNullable<BookingView['advisor']>>({ id, email: string, name: string })),
  carVariant: { type: ['string', 'null'], description: "The variant's code, or the text that no variant matched." },
  bookingDate: nullable(instant),
  status,
  source: oneOf(BOOKING_SOURCES),
  notes: nullable(string),
  metadata: nullable(anything),
  importId: nullable(id),
  importRow: nullable(count),
  version: { type: 'integer', minimum: 1, description: 'Counts changes from 1; it is the `ETag`.' },
  createdAt: instant,
  updatedAt: instant,
};

const entry = { id: string, action: oneOf(AUDIT_ACTIONS), createdAt: instant };

export const bookingSchemas = {
  Booking: object<BookingView>(booking),
  NewBooking: object<BookingView & { warnings: unknown }>({ ...booking, warnings: list(ref('Fault')) }),
  AcceptedCommand: object<{ id: string; bookingId: string; state: string }>({
    id,
    bookingId: id,
    state: { const: 'ACCEPTED' },
  }),
  Lifecycle: object<Record<'status' | 'version' | 'nextDue' | 'allowedActions' | 'isRunning', unknown>>({
    status,
    version: count,
    nextDue: nullable(object<{ kind: string; at: string }>({ kind: oneOf(TIMER_KINDS), at: instant })),
    allowedActions: list(oneOf([...BOOKING_STATUSES, 'assign', 'reschedule', 'addNote'])),
    isRunning: { ...flag, description: 'false: no workflow answered, and this is by the record.' },
  }),
  TrailEntry: object<TrailEntry>({
    ...entry,
    changedBy: { type: 'string', description: "A token's subject, or `system`." },
    oldValue: { ...nullable(anything), description: "By the names of a booking's members; of a change what differs." },
    newValue: nullable(anything),
    changeReason: nullable(string),
    ipAddress: { type: ['string', 'null'], description: 'Told to admins only.' },
    userAgent: { type: ['string', 'null'], description: 'Told to admins only.' },
  }),
  HistoryEntry: object<HistoryEntry>({
    ...entry,
    by: string,
    fromStatus: nullable(string),
    toStatus: nullable(string),
    note: nullable(string),
    reason: nullable(string),
    code: nullable(string),
    allowed: nullable(list(string)),
    text: { type: 'string', description: 'The entry as a sentence.' },
  }),
};
