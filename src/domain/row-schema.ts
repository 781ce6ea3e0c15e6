import Joi from 'joi';
import type { Field } from './columns.ts';
import type { DateRules } from './dates.ts';
import { empty, judgeDealer, judgeEmail, judgeExternalId, judgeName, judgeStatus, judgeText } from './field-rules.ts';
import { ROW_ERROR_TYPES, type RowErrorType, type RowFault, type RowWarning, type RowWarningType } from './import.ts';
import type { Judged } from './judged.ts';
import { judgePhone } from './phone.ts';
import { quickPhone } from './quick-phone.ts';
import { type Cell, cellText } from './record.ts';
import type { ReferenceLookup } from './reference-lookup.ts';
import type { JudgedRow, RowCells, RowValues } from './row-values.ts';

export interface FieldRules {
  dates: DateRules;
  references: ReferenceLookup;
  defaultCountry: string | null;
}

type Rule = (cell: Cell, helpers: Joi.CustomHelpers) => Judged<unknown>;

const WITHOUT_PLUS: RowWarningType = 'PHONE_WITHOUT_PLUS';
const CODES = [...ROW_ERROR_TYPES, WITHOUT_PLUS];

/** The one judge of a row: a joi schema, compiled once for a file. Cells that are left out are not judged. */
export function compileSchema(rules: FieldRules): (cells: Partial<RowCells>, zone: string) => JudgedRow {
  // Joi asks every rule, so that a row reports all its faults at once. Options go into the schema: given with each call
  // they are checked by a schema of their own, which takes longer than the row. So the zone comes as a key.
  const schema = Joi.object<RowValues & { zone: string }>({ ...fieldSchemas(rules), zone: Joi.any() })
    .messages(Object.fromEntries(CODES.map((code) => [code, code])))
    .prefs({ abortEarly: false });
  return (cells, zone) => {
    const { value, error, warning } = schema.validate({ ...cells, zone });
    if (error) return { ok: false, faults: error.details.map(toFault) };
    const { zone: _, ...values } = value;
    return { ok: true, values, warnings: (warning?.details ?? []).map(toWarning) };
  };
}

const fieldOf = ({ path }: { path: (string | number)[] }) => (path[0] as Field | undefined) ?? null;

function toFault(detail: Joi.ValidationErrorItem): RowFault {
  // Joi catches what a rule throws; a mistake of ours is no fault of the row.
  if (detail.type === 'any.custom') throw detail.context?.error;
  return {
    type: detail.type as RowErrorType,
    field: fieldOf(detail),
    message: `${detail.path[0]} ${detail.context?.reason}`,
  };
}

const toWarning = (detail: Joi.ValidationErrorItem): RowWarning => ({
  type: WITHOUT_PLUS,
  field: fieldOf(detail),
  message: String(detail.context?.reason),
});

function fieldSchemas({ dates, references, defaultCountry }: FieldRules): Record<Field, Joi.Schema> {
  return {
    external_id: by(judgeExternalId),
    customer_name: by(judgeName),
    customer_phone: by((cell, helpers) => {
      // Most faults stand beside a good phone and a good date, and those two cost more than all else.
      const plain = typeof cell === 'string' ? quickPhone(cell) : null;
      if (plain !== null) return { value: plain };
      const judged = judgePhone(cell, defaultCountry);
      if (judged.fault) return judged;
      if (judged.value?.withoutPlus) warnOfLostPlus(helpers, cellText(cell));
      return { value: judged.value?.e164 ?? null };
    }),
    customer_email: by(judgeEmail),
    dealer_code: by((cell) => judgeDealer(cell, references)),
    booking_date: by((cell, { state }) => {
      if (cellText(cell).trim() === '') return empty();
      const zone = state.ancestors[0].zone;
      const plain = dates.quick(cell, zone);
      return plain === null ? dates.judge(cell, zone) : { value: plain };
    }),
    car_variant: by(judgeText),
    advisor_email: by(judgeEmail),
    status: by(judgeStatus),
    notes: by(judgeText),
  };
}

const by = (rule: Rule): Joi.Schema =>
  Joi.any().custom((cell: Cell, helpers) => {
    const judged = rule(cell, helpers);
    return judged.fault ? helpers.error(judged.fault.type, { reason: judged.fault.message }) : judged.value;
  });

function warnOfLostPlus(helpers: Joi.CustomHelpers, text: string): void {
  const reason = `customer_phone ${text} is a number without its plus: it was taken for +${text}`;
  helpers.warn(WITHOUT_PLUS, { reason });
}
