import type { AuditAction } from './booking.ts';

/** One entry of a booking's audit trail. */
export interface TrailEntry {
  id: string;
  action: AuditAction;
  /** A token's subject, or `system` for what time did. */
  changedBy: string;
  /** What differs, by the names that a booking's members have in JSON. */
  oldValue: Record<string, unknown> | null;
  newValue: Record<string, unknown> | null;
  changeReason: string | null;
  /** Told to admins only, as the agent is. */
  ipAddress: string | null;
  userAgent: string | null;
  createdAt: string;
}

/** The same for the phone: who did what, as a sentence. */
export interface HistoryEntry {
  id: string;
  action: AuditAction;
  by: string;
  /** Both null unless the status changed. */
  fromStatus: string | null;
  toStatus: string | null;
  note: string | null;
  reason: string | null;
  /** Of a refusal: its code, and what would have been allowed. */
  code: string | null;
  allowed: string[] | null;
  text: string;
  createdAt: string;
}

/** What an entry says. An advisor's id stands for itself: `nameOf` knows its name. */
export function tellEntry(entry: TrailEntry, nameOf: (advisorId: string) => string): HistoryEntry {
  const { id, action, changedBy: by, createdAt, changeReason: reason } = entry;
  const { old, now } = { old: entry.oldValue ?? {}, now: entry.newValue ?? {} };
  const moved = old.status !== undefined && now.status !== undefined;
  return {
    ...{ id, action, by },
    fromStatus: moved ? textOf(old.status) : null,
    toStatus: moved ? textOf(now.status) : null,
    note: action === 'NOTE_ADDED' ? textOf(now.note) : null,
    reason,
    code: action === 'REFUSED' ? textOf(now.code) : null,
    allowed: action === 'REFUSED' && Array.isArray(now.allowed) ? now.allowed.map(String) : null,
    text: `${sentences[action]({ by, old, now, nameOf })}${TELLS_WHY.includes(action) ? reasons(now, reason) : ''}`,
    createdAt,
  };
}

interface Told {
  by: string;
  old: Record<string, unknown>;
  now: Record<string, unknown>;
  nameOf(advisorId: string): string;
}

const textOf = (value: unknown): string | null => (value === undefined || value === null ? null : String(value));
/** An import's reason is its id, which says nothing to an advisor. */
const TELLS_WHY: AuditAction[] = ['ASSIGNED', 'STATUS_CHANGED', 'RESCHEDULED', 'REFUSED', 'ERASED'];

/** Our own reason (`why`) and a person's; the two are one where the person gave none. */
function reasons({ why }: Record<string, unknown>, given: string | null): string {
  const told = [...new Set([textOf(why), given])].filter((reason) => reason !== null);
  return told.length === 0 ? '' : ` Reason: ${told.join('; ')}.`;
}

const move = ({ old, now }: Told): string =>
  old.status !== undefined && now.status !== undefined ? ` (${old.status} to ${now.status})` : '';
const unassigned = ({ old, now }: Told): string =>
  textOf(old.advisorId) !== null && now.advisorId === null ? ' It has no advisor any more.' : '';
export const day = (value: unknown): string => textOf(value)?.replace(/(T\d\d:\d\d)[^Z+-]*(.*)$/, '$1$2') ?? 'no date';

const sentences: Record<AuditAction, (told: Told) => string> = {
  CREATED: ({ by, now }) => `${by} created the booking as ${now.status}.`,
  IMPORTED: ({ by, now }) => `${by} imported the booking as ${now.status}.`,
  UPDATED: ({ by, now }) => `${by} brought in other values: ${Object.keys(now).join(', ')}.`,
  ASSIGNED: (told) => {
    const advisor = textOf(told.now.advisorId);
    return `${told.by} assigned it to ${advisor === null ? 'nobody' : told.nameOf(advisor)}${move(told)}.`;
  },
  STATUS_CHANGED: (told) =>
    `${told.by} changed the status from ${told.old.status} to ${told.now.status}.${unassigned(told)}`,
  RESCHEDULED: (told) =>
    `${told.by} put it off from ${day(told.old.bookingDate)} to ${day(told.now.bookingDate)}${move(told)}.${unassigned(told)}`,
  NOTE_ADDED: ({ by, now }) => `${by} noted: ${textOf(now.note) ?? ''}`,
  REFUSED: ({ by, now }) =>
    `${by} was refused: ${textOf(now.message) ?? textOf(now.code) ?? 'not allowed'}${instead(now)}`,
  REMOVED: ({ by }) => `${by} removed the booking.`,
  ERASED: ({ by }) => `${by} took a customer's data out of it.`,
};

export const instead = ({ allowed }: Record<string, unknown>): string =>
  Array.isArray(allowed) && allowed.length > 0 ? ` Allowed: ${allowed.join(', ')}.` : '';
