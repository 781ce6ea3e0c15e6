import type { BookingDraft, BookingMetadata, BookingStatus } from './booking.ts';
import type { RowWarning } from './import.ts';
import type { AdvisorRef, ReferenceLookup } from './reference-lookup.ts';
import type { RowValues } from './row-values.ts';
import { createMemory } from './short-memory.ts';
import { showValue } from './show-value.ts';

export interface SettledRow {
  row: number;
  values: RowValues;
  /** The columns without a field. */
  rest: Record<string, string> | null;
  warnings: RowWarning[];
}

type Settle = (row: SettledRow) => { draft: BookingDraft; warnings: RowWarning[] };

/** Makes the booking of values that are all right: its advisor, its status, its metadata. */
export function compileSettle(references: ReferenceLookup, historical: boolean): Settle {
  const unknownVariant = rememberUnknown();
  return ({ row, values, rest, warnings }) => {
    const { advisor_email, dealer_code: dealer, car_variant } = values;
    const advisor = advisor_email === null ? undefined : references.advisor(advisor_email, dealer.id);
    const variant = car_variant === null ? undefined : references.variant(car_variant);
    const status = historical ? (values.status ?? entryStatus(null, advisor)) : entryStatus(values.status, advisor);
    const draft = {
      row,
      external_id: values.external_id,
      dealer_id: dealer.id,
      car_variant_id: variant?.id ?? null,
      customer_name: values.customer_name,
      customer_phone: values.customer_phone,
      customer_email: values.customer_email,
      advisor_id: advisor?.id ?? null,
      booking_date: values.booking_date,
      status,
      metadata: toMetadata(values.notes, variant ? null : car_variant, rest),
    };
    const found = warnings.length > 0 ? [...warnings] : [];
    if (!advisor && (advisor_email !== null || status !== (values.status ?? status)))
      found.push(unknownAdvisor(values, status));
    if (car_variant !== null && !variant) found.push(unknownVariant(car_variant));
    return { draft, warnings: found };
  };
}

/** Who has an advisor is no longer PENDING, who has none isn't ASSIGNED; any other status stands for itself. */
function entryStatus(given: BookingStatus | null, advisor: AdvisorRef | undefined): BookingStatus {
  if (advisor) return given === null || given === 'PENDING' ? 'ASSIGNED' : given;
  return given === null || given === 'ASSIGNED' ? 'PENDING' : given;
}

function unknownAdvisor({ advisor_email, dealer_code, status }: RowValues, entered: BookingStatus): RowWarning {
  const enters = status === null || status === entered ? 'the booking enters unassigned' : `it enters as ${entered}`;
  const message =
    advisor_email === null
      ? `status ${status} comes without an advisor_email: ${enters}`
      : `advisor_email ${showValue(advisor_email)} is not an active advisor of ${dealer_code.code}: ${enters}`;
  return { type: 'UNKNOWN_ADVISOR', field: 'advisor_email', message };
}

/** A file has few variants; a column that is mapped wrongly has any number. */
const REMEMBERED = 1_000;
/** A cell may be 10 MB. */
const REMEMBERED_LENGTH = 255;

// Made anew for each of 76,000 rows it took an import 60 ms, and each one's text was hashed to find it among the others.
function rememberUnknown(): (text: string) => RowWarning {
  const known = createMemory<RowWarning>(REMEMBERED);
  return (text) => {
    if (text.length > REMEMBERED_LENGTH) return tellUnknown(text);
    return known.of(text) ?? known.keep(text, tellUnknown(text));
  };
}

const tellUnknown = (text: string): RowWarning => ({
  type: 'UNKNOWN_VARIANT',
  field: 'car_variant',
  message: `car_variant ${showValue(text)} is not a known variant: its text is kept with the booking`,
});

function toMetadata(
  notes: string | null,
  carVariant: string | null,
  columns: Record<string, string> | null,
): BookingMetadata | null {
  if (notes === null && carVariant === null && columns === null) return null;
  const metadata: BookingMetadata = {};
  if (notes !== null) metadata.notes = notes;
  if (carVariant !== null) metadata.carVariant = carVariant;
  if (columns !== null) metadata.columns = columns;
  return metadata;
}
