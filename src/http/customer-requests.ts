import Joi from 'joi';
import type { AskedCustomer } from '../domain/customer.ts';
import { text } from './requests.ts';

/** Whom, and why: kept without naming whom. */
export interface CustomerAsk extends AskedCustomer {
  reason: string;
}
export interface EraseAsk extends CustomerAsk {
  dryRun: boolean;
}

const customer = {
  phone: text(64),
  email: text(255).email({ tlds: false }),
  // Of one letter it would narrow to whoever has it.
  name: text(255).min(2),
  reason: text(255).required(),
};

const EITHER = { jsonSchema: { anyOf: [{ required: ['phone'] }, { required: ['email'] }] } };
export const exportInput = Joi.object<CustomerAsk>(customer).or('phone', 'email').meta(EITHER).required();
export const eraseInput = Joi.object<EraseAsk>({ ...customer, dryRun: Joi.boolean().strict().default(false) })
  .or('phone', 'email')
  .meta(EITHER)
  .required();
