import type { Client } from '@temporalio/client';

// By their numbers in Temporal's protocol: its enumeration isn't part of the client's package.
const [KEYWORD, DATETIME] = [2, 6];

/** By what operators find bookings in the Web UI; `workflows/booking-details.ts` fills them in. */
export const SEARCH_ATTRIBUTES = {
  BookingStatus: KEYWORD,
  BookingDealer: KEYWORD,
  BookingAdvisor: KEYWORD,
  BookingImport: KEYWORD,
  BookingNextDue: DATETIME,
};

/** Registers them, unless they are there: a workflow that sets an unknown one would be stuck. */
export async function ensureSearchAttributes({ connection, options: { namespace } }: Client): Promise<void> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  const missing = Object.entries(SEARCH_ATTRIBUTES).filter(([name]) => !(name in (customAttributes ?? {})));
  if (missing.length === 0) return;
  const searchAttributes = Object.fromEntries(missing);
  await connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
}
