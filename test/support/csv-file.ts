export const HEADER = 'external_id,customer_name,customer_phone,customer_email,dealer_code,booking_date,notes';

/** A CSV of good rows `first`…; each may be changed by its number. */
export function csvFile(
  rows: number,
  change: (row: string[], n: number) => string[] = (row) => row,
  prefix = 'T',
): string {
  const lines = Array.from({ length: rows }, (_, n) => {
    const row = [
      `${prefix}-${String(n + 1).padStart(6, '0')}`,
      `Customer ${n + 1}`,
      '+919812345678',
      '',
      'DLR001',
      '2027-03-04T10:00:00Z',
      '',
    ];
    return change(row, n + 1).join(',');
  });
  return `${[HEADER, ...lines].join('\n')}\n`;
}
