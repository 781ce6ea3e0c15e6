import { setTimeout as pause } from 'node:timers/promises';
import { takeTurns } from '../db/lifecycle-walks.ts';
import { endOfWindow, findEndingImports, findRecorded, type LifecycleWindow } from '../db/reconcile-lifecycles.ts';
import { judgeLifecycle, type Mending, type RunningLifecycle } from '../src/domain/lifecycle-match.ts';
import { addMended, type MendedLifecycles, NONE_MENDED } from '../src/domain/reconcile.ts';
import { beating, type StopIfCancelled } from './beat.ts';
import { inTime } from './in-time.ts';
import type { WalkDeps } from './walk-lifecycles.ts';

export interface MendedWindow extends MendedLifecycles {
  /** Where the next window begins; null: this was the last one. */
  next: string | null;
}

// A window of 2,000 bookings, in slices: at one go it kept this process and Temporal busy for half a second, each minute,
// and the slowest changes of a status were those that waited for it.
const SLICES = 10;
const SLICE = 200;
/** A look at a slice takes some 30 ms, and is followed by a rest that is so many times as long. */
const REST = 4;
const LONGEST_REST_MS = 1_000;
/** Should Temporal have lost them all, one window must not start thousands: the next one begins behind these. */
const MOST_MENDINGS = 200;

export interface WindowToMend {
  /** A booking's id; the window begins behind it. */
  after: string;
  /** Bookings and workflows that changed, or began, later than so long ago are left alone: somebody may still be at it. */
  quietSeconds: number;
}

/**
 * Compares the bookings after an id with the workflows that run, and mends what differs through the workflows: Postgres
 * is right, and is never written. At the rate at which lifecycles start after an import.
 */
export function mendLifecycles(deps: WalkDeps, { after, quietSeconds }: WindowToMend): Promise<MendedWindow> {
  return beating(async (stopIfCancelled) => {
    let window: MendedWindow = { ...NONE_MENDED, next: after };
    for (let slice = 0; slice < SLICES && window.next !== null && hasRoom(window); slice += 1) {
      const { next, ...mended } = await mendSlice(deps, { after: window.next, quietSeconds }, stopIfCancelled);
      window = { ...addMended(window, mended), next };
    }
    return window;
  });
}

const hasRoom = ({ started, refreshed, ended }: MendedLifecycles): boolean =>
  started + refreshed + ended < MOST_MENDINGS;

async function mendSlice(deps: WalkDeps, { after, quietSeconds }: WindowToMend, stopIfCancelled: StopIfCancelled) {
  stopIfCancelled();
  const upTo = await endOfWindow(deps.db, after, SLICE);
  const found = await unhurried(() => findMendings(deps, { after, upTo, quietSeconds }));
  const mendings = found.slice(0, MOST_MENDINGS);
  const done = await mend(deps, mendings, stopIfCancelled);
  return { ...done, next: found.length > mendings.length ? (mendings.at(-1)?.id ?? upTo) : upTo };
}

/** Rests after the work, so that others have their turn. */
async function unhurried<T>(work: () => Promise<T>): Promise<T> {
  const began = performance.now();
  const done = await work();
  await pause(Math.min(LONGEST_REST_MS, REST * (performance.now() - began)));
  return done;
}

interface Found {
  id: string;
  mending: Mending;
}

type Bounds = Omit<LifecycleWindow, 'running'>;

async function findMendings(deps: WalkDeps, bounds: Bounds): Promise<Found[]> {
  const running = await listSettled(deps, bounds);
  const ids = [...running.keys()];
  const recorded = await findRecorded(deps.db, { ...bounds, running: ids });
  const now = Date.now();
  return [...new Set([...recorded.keys(), ...ids])].sort().flatMap((id) => {
    const found = running.get(id);
    const mending = found === 'YOUNG' ? null : judgeLifecycle(recorded.get(id), found, now);
    return mending ? { id, mending } : [];
  });
}

/** What has just been started, or is being ended after an undo, is for others to look after. */
async function listSettled({ db, lifecycles }: WalkDeps, { after, upTo, quietSeconds }: Bounds) {
  const [found, ending] = await Promise.all([lifecycles.listRunning(after, upTo), findEndingImports(db)]);
  const oldest = new Date(Date.now() - quietSeconds * 1_000).toISOString();
  const judge = (each: RunningLifecycle) =>
    each.startedAt > oldest || ending.has(each.importId ?? '') ? ('YOUNG' as const) : each;
  return new Map(found.map((each) => [each.bookingId, judge(each)]));
}

async function mend(
  { db, lifecycles, lifecycleStartsPerSecond: perSecond }: WalkDeps,
  found: Found[],
  stop: StopIfCancelled,
) {
  const done = { ...NONE_MENDED };
  if (found.length === 0) return done;
  const waitMs = await takeTurns(db, found.length, perSecond);
  await inTime(found, { perSecond, waitMs }, async ({ id, mending }) => {
    stop();
    if (mending === 'start') {
      if (await lifecycles.startBooking(id)) done.started += 1;
      return;
    }
    await lifecycles.refreshBooking(id);
    done[mending === 'end' ? 'ended' : 'refreshed'] += 1;
  });
  return done;
}
