import { BOOKING_SCENARIOS } from './booking-scenarios.ts';
import { BOOKING_TIME_SCENARIOS } from './booking-time-scenarios.ts';
import { IMPORT_SCENARIOS } from './import-scenarios.ts';
import type { Scenarios } from './open-recording.ts';
import { RETENTION_SCENARIOS } from './retention-scenarios.ts';
import { WALK_AND_RECONCILE_SCENARIOS } from './walk-scenarios.ts';

/** Every path that is recorded, by the name of its history. */
export const SCENARIOS: Scenarios = {
  ...BOOKING_SCENARIOS,
  ...BOOKING_TIME_SCENARIOS,
  ...IMPORT_SCENARIOS,
  ...WALK_AND_RECONCILE_SCENARIOS,
  ...RETENTION_SCENARIOS,
};
