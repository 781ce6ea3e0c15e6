/** The fields an import can fill: the plan's columns. */
export const FIELDS = [
  'external_id',
  'customer_name',
  'customer_phone',
  'customer_email',
  'dealer_code',
  'booking_date',
  'car_variant',
  'advisor_email',
  'status',
  'notes',
] as const;
export type Field = (typeof FIELDS)[number];
export const REQUIRED_FIELDS = ['customer_name', 'dealer_code', 'booking_date'] as const satisfies readonly Field[];
