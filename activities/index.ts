import { applyCommand, type HandOverDeps } from './apply-command.ts';
import { cleanUp, type RetentionDeps } from './clean-up.ts';
import { type DeliveryDeps, deliverLeftNotifications, deliverNotifications } from './deliver-notifications.ts';
import { abandonImport, failImport, finishImport, pauseImport, resumeImport } from './end-import.ts';
import { toActivityFailure } from './failure.ts';
import { fireTimer } from './fire-timer.ts';
import { handLeftCommands } from './hand-left-commands.ts';
import { mendLifecycles } from './mend-lifecycles.ts';
import { parseFile } from './parse-file.ts';
import { readLifecycle } from './read-lifecycle.ts';
import { readReconcilePosition, recordReconcile } from './record-reconcile.ts';
import { startLostImports } from './start-lost-imports.ts';
import { startLostWalks } from './start-lost-walks.ts';
import type { LineDeps } from './start-waiting-imports.ts';
import { validateChunks } from './validate-chunks.ts';
import { type WalkDeps, walkLifecycles } from './walk-lifecycles.ts';
import { recordFaults, writeAllOrNothing } from './write-all-or-nothing.ts';
import { writeChunks } from './write-chunks.ts';

export type ActivityDeps = LineDeps & HandOverDeps & WalkDeps & DeliveryDeps & RetentionDeps;

/** All activities, bound to what they work on. */
export function createActivities(deps: ActivityDeps) {
  const bind =
    <A extends unknown[], R>(activity: (deps: ActivityDeps, ...args: A) => Promise<R>) =>
    (...args: A): Promise<R> =>
      activity(deps, ...args).catch((error: unknown) => {
        throw toActivityFailure(error);
      });
  return {
    parseFile: bind(parseFile),
    validateChunks: bind(validateChunks),
    writeChunks: bind(writeChunks),
    writeAllOrNothing: bind(writeAllOrNothing),
    recordFaults: bind(recordFaults),
    finishImport: bind(finishImport),
    failImport: bind(failImport),
    abandonImport: bind(abandonImport),
    pauseImport: bind(pauseImport),
    resumeImport: bind(resumeImport),
    startLostImports: bind(startLostImports),
    startLostWalks: bind(startLostWalks),
    handLeftCommands: bind(handLeftCommands),
    mendLifecycles: bind(mendLifecycles),
    readReconcilePosition: bind(readReconcilePosition),
    recordReconcile: bind(recordReconcile),
    walkLifecycles: bind(walkLifecycles),
    cleanUp: bind(cleanUp),
    readLifecycle: bind(readLifecycle),
    applyCommand: bind(applyCommand),
    fireTimer: bind(fireTimer),
    deliverNotifications: bind(deliverNotifications),
    deliverLeftNotifications: bind(deliverLeftNotifications),
  };
}

export type Activities = ReturnType<typeof createActivities>;
