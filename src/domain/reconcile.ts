export interface ReconcileInput {
  /** Through all bookings, and not only the next ten thousand. */
  full?: boolean;
  /** What has changed later than so long ago is left alone; 60 unless told. */
  quietSeconds?: number;
}

/** What a reconcile has mended, by kind. */
export interface Mended {
  importsStarted: number;
  /** Workflows that start, or end, the lifecycles of an import's bookings. */
  walksStarted: number;
  /** Commands that were stored, and that nobody had applied. */
  commandsHanded: number;
  /** Those that waited for longer than a minute. */
  notificationsDelivered: number;
  lifecyclesStarted: number;
  /** Those that knew another status, advisor or time than Postgres. */
  lifecyclesRefreshed: number;
  /** Those whose booking is gone, or closed. */
  lifecyclesEnded: number;
}

/** What was mended of bookings' workflows. */
export interface MendedLifecycles {
  started: number;
  refreshed: number;
  ended: number;
}
export const NONE_MENDED: MendedLifecycles = { started: 0, refreshed: 0, ended: 0 };

export const addMended = (a: MendedLifecycles, b: MendedLifecycles): MendedLifecycles => ({
  started: a.started + b.started,
  refreshed: a.refreshed + b.refreshed,
  ended: a.ended + b.ended,
});
