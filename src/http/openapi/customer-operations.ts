import type { CustomerData } from '../../../db/export-customer.ts';
import { eraseInput, exportInput } from '../customer-requests.ts';
import { anything, byName, count, flag, instant, list, nullable, object, ref, string } from './json-schema.ts';
import type { Operations } from './operation.ts';

const WHO = `A booking is the customer's when its phone or its e-mail is; a \`name\` narrows that, for a phone that several
share. Nobody found is no error.`;

const erasure = object<Record<'dryRun' | 'pseudonym' | 'counts' | 'known', unknown>>({
  dryRun: flag,
  pseudonym: { ...nullable(string), description: 'By which the trail calls the customer; null: nothing was kept.' },
  counts: { ...byName(count), description: 'What changed, or would, by place.' },
  known: list(string, {
    description:
      "Names, phones and e-mails of the customer's bookings: rows that hold one of them alone are not found.",
  }),
});

const data = object<CustomerData>({
  exportedAt: instant,
  bookings: list(ref('Booking')),
  trail: list(anything),
  commands: list(anything),
  notifications: list(anything),
  fileRows: list(anything),
});

export const customerOperations = {
  'POST /api/admin/customers/erase': {
    id: 'eraseCustomer',
    summary: 'Erase a customer everywhere',
    description: `${WHO} Bookings stay without their customer, the trail with a pseudonym.`,
    headers: ['Idempotency-Key'],
    body: eraseInput,
    example: {
      phone: '+91 98123 45678',
      email: 'asha@example.com',
      reason: 'asked by letter of 3 March',
      dryRun: true,
    },
    answers: { 200: { description: 'What was erased, or would be.', schema: erasure } },
    problems: ['IMPORT_RUNNING', 'IDEMPOTENCY_KEY_REUSED'],
  },
  'POST /api/admin/customers/export': {
    id: 'exportCustomer',
    summary: 'Hand out what is kept of a customer',
    description: `${WHO}`,
    body: exportInput,
    example: { email: 'asha@example.com', reason: 'asked by letter of 3 March' },
    answers: {
      200: { description: 'Everything, as a download.', schema: data, headers: ['Content-Disposition'] },
    },
  },
} as const satisfies Operations;
