import assert from 'node:assert/strict';
import { createCommand, type StoredCommand } from '../../../db/booking-commands.ts';
import type { CommandResult } from '../../../src/domain/booking-command.ts';
import { waitFor } from '../../support/wait-for.ts';
import type { BookingModel } from './booking-model.ts';
import { type Command, edgesFrom } from './rules.ts';
import type { Stage } from './stage.ts';
import { type Ask, type Door, HOUR, OFF_THE_HOUR } from './steps.ts';

/** A booking that is played with, and what it should be like. */
export interface Play {
  stage: Stage;
  id: string;
  model: BookingModel;
  sent: Sent[];
}
export interface Sent {
  command: Command;
  stored: StoredCommand;
  key: string;
}

let keys = 0;

/** Stores what is asked of the booking as it stands. */
export async function store(play: Play, ask: Ask, isSignal: boolean): Promise<Sent> {
  keys += 1;
  const key = `key-${keys}`;
  const asked = resolve(play.model, ask);
  const stored = await storeOnce(play, { ...asked, isSignal }, key);
  const sent = { command: { ...asked, isSignal, id: stored.id }, stored, key };
  play.sent.push(sent);
  return sent;
}

export async function storeOnce({ stage, id }: Play, asked: Omit<Command, 'id'>, key: string): Promise<StoredCommand> {
  const { who, wish, expectedVersion, occurredAt, isSignal } = asked;
  const isAdmin = who === 'alice';
  const stored = await createCommand(stage.store.db, {
    ...{ bookingId: id, wish, key, expectedVersion, reason: null, respondAsync: isSignal },
    actor: { subject: isAdmin ? who : `${who}@example.com`, ip: '127.0.0.1', userAgent: 'test' },
    role: isAdmin ? 'admin' : 'advisor',
    occurredAt: occurredAt === null ? null : new Date(occurredAt).toISOString(),
  });
  assert.ok(stored.ok);
  return stored.value;
}

/** What is asked, of the booking as it stands. */
function resolve({ row, now }: BookingModel, { who, wish, match, hoursAgo }: Ask): Omit<Command, 'id' | 'isSignal'> {
  const owner = row.advisor === 'asha' || row.advisor === 'ben' ? row.advisor : 'alice';
  return {
    who: who === 'owner' ? owner : who,
    wish: resolveWish({ row, now }, wish),
    expectedVersion: { any: null, right: row.version, wrong: row.version + 1 }[match],
    occurredAt: hoursAgo === null ? null : now - hoursAgo * HOUR,
  };
}

function resolveWish({ row, now }: Pick<BookingModel, 'row' | 'now'>, wish: Ask['wish']): Command['wish'] {
  switch (wish.to) {
    case 'note':
      return { kind: 'addNote', note: 'seen' };
    case 'date':
      return { kind: 'reschedule', bookingDate: new Date(now + wish.inHours * HOUR + OFF_THE_HOUR).toISOString() };
    case 'advisor': {
      const other = row.advisor === 'ben' ? 'asha' : 'ben';
      return { kind: 'assign', advisorId: wish.advisor, insteadOf: wish.seen ? row.advisor : other };
    }
    case 'next': {
      const edges = edgesFrom(row.status);
      return { kind: 'changeStatus', status: edges[wish.nth % edges.length] ?? 'PENDING' };
    }
    default:
      return { kind: 'changeStatus', status: wish.to };
  }
}

export const sendCopies = (play: Play, sent: Sent, doors: Door[]): Promise<void> =>
  sendAll(
    play,
    doors.map((door) => ({ sent, door })),
  );

/** Sends at once, and waits for all, even if one fails: none may go on when its stage is closed. */
export async function sendAll(play: Play, sendings: { sent: Sent; door: Door }[]): Promise<void> {
  const isSignal = ({ door }: { door: Door }) => door === 'signal';
  if (play.stage.skips && sendings.every(isSignal)) {
    // Of two signals that start a workflow at once this server refuses one.
    for (const { sent, door } of sendings) await send(play, sent, door);
    return;
  }
  const sending = sendings.map(({ sent, door }) => send(play, sent, door));
  await Promise.allSettled(sending);
  await Promise.all(sending);
}

export async function send({ stage, id }: Play, { command: { wish }, stored }: Sent, door: Door): Promise<void> {
  const commandId = stored.id;
  if (door === 'signal') return stage.lifecycles.hand({ bookingId: id, commandId, occurredAt: stored.occurredAt });
  const answer = await stage.lifecycles.apply({ bookingId: id, commandId, kind: wish.kind }, 20_000);
  const [kept] = await stage.store.rows<{ result: CommandResult }>(
    'select result from booking_commands where id = $1',
    [commandId],
  );
  assert.deepEqual(answer, kept?.result);
}

/** In which they were applied: that of several at once nobody can foretell. */
export async function inAppliedOrder({ stage }: Play, sent: Sent[]): Promise<Sent[]> {
  const ids = sent.map(({ command }) => command.id);
  const find = () =>
    stage.store.rows<{ id: string }>(
      'select id from booking_commands where id = any ($1) and applied_at is not null order by applied_at',
      [ids],
    );
  await waitFor(async () => (await find()).length === ids.length);
  return (await find()).map(({ id }) => sent[ids.indexOf(id)]).filter((one) => one !== undefined);
}

/** In which they happened, and of those that happened at once as they came. */
export const inOccurredOrder = (sent: Sent[]): Sent[] =>
  [...sent].sort((one, other) => Date.parse(one.stored.occurredAt) - Date.parse(other.stored.occurredAt));
