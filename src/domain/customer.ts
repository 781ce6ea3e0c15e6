import { type InputFault, ok, type Result } from './failures.ts';
import { judgePhone, nationalNumber } from './phone.ts';

/** How a request names a customer; at least phone or e-mail. */
export interface AskedCustomer {
  phone?: string;
  email?: string;
  name?: string;
}

/** The same with the phone in E.164; a booking is the customer's when phone or e-mail is, and the name, if given. */
export interface CustomerKey {
  phone: string | null;
  /** The phone without its country code: files often hold no more. */
  national: string | null;
  email: string | null;
  name: string | null;
}

/** What a name becomes, where one must stand. */
export const ERASED_NAME = 'Erased customer';

/** Failure: `INVALID_REQUEST`, when the phone is none, or has no country code. */
export function toCustomerKey({ phone = '', email, name }: AskedCustomer): Result<CustomerKey> {
  const { value, fault } = judgePhone(phone, null);
  if (fault) return wrong({ pointer: '/phone', code: fault.type, message: fault.message });
  const e164 = value?.e164 ?? null;
  return ok({ phone: e164, national: e164 && nationalNumber(e164), email: email ?? null, name: name ?? null });
}

const wrong = (fault: InputFault): Result<never> => ({
  ok: false,
  // The message repeats what was sent, and a problem's `detail` is what logs keep.
  failure: { code: 'INVALID_REQUEST', message: 'The phone is not right.', errors: [fault] },
});
