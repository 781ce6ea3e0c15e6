import type { TrailEntry } from './booking-trail.ts';

/** What admins do, beside what they do to a single booking. A request that only a workflow can carry out is `_ASKED`. */
export const ADMIN_ACTIONS = [
  'DEALER_CREATED',
  'DEALER_CHANGED',
  'ADVISOR_CREATED',
  'ADVISOR_CHANGED',
  'VARIANT_CREATED',
  'IMPORT_UPLOADED',
  'IMPORT_VALIDATED',
  'IMPORT_CANCELLED',
  'IMPORT_PAUSE_ASKED',
  'IMPORT_RESUME_ASKED',
  'IMPORT_RETRIED',
  'IMPORT_UNDONE',
  'RECONCILE_ASKED',
  'CUSTOMER_ERASED',
  'CUSTOMER_EXPORTED',
] as const;
export const ADMIN_OBJECTS = ['dealer', 'advisor', 'variant', 'import', 'reconcile', 'customer'] as const;

export interface AdminAction {
  action: (typeof ADMIN_ACTIONS)[number];
  kind: (typeof ADMIN_OBJECTS)[number];
  /**
   * A dealer's or a variant's code, an advisor's or an import's id, an erased customer's pseudonym; null when it is about
   * no single thing.
   */
  id: string | null;
  before?: object;
  after?: object;
}

/** One entry as the trail tells it; of a change, the old and the new of what differs. */
export interface AdminTrailEntry extends Omit<TrailEntry, 'action'> {
  action: string;
  kind: string;
  object: string | null;
}
