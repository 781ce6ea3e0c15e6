import type { ActivityDeps } from '../../activities/index.ts';

/** What activities reach beyond the database by, for tests in which there is nothing beyond it. */
export const SHUT_DOORS: Omit<ActivityDeps, 'db'> = {
  startImport: async () => false,
  importCaps: { running: 1_000, waiting: 1_000 },
  handCommand: async () => {},
  lifecycles: {
    startWalk: async () => false,
    startBooking: async () => false,
    refreshBooking: async () => {},
    listRunning: async () => [],
  },
  lifecycleStartsPerSecond: 1_000,
  retention: { imports: 30, commands: 90, notifications: 90, accessLog: 90 },
  channels: [],
};
