import type { Client } from '@temporalio/client';
import { createCommand, type NewCommand } from '../../db/booking-commands.ts';
import type { BookingWish, CommandResult } from '../../src/domain/booking-command.ts';
import { type BookingWorkflows, bookingWorkflows } from '../../src/lifecycle-link.ts';
import { ADMIN, type Store } from './store.ts';

export type CommandChoice = Partial<Omit<NewCommand, 'bookingId' | 'wish'>>;

export interface Lifecycles extends BookingWorkflows {
  /** Stores a command of an admin's; gives its id. */
  store(bookingId: string, wish: BookingWish, more?: CommandChoice): Promise<string>;
  /** Stores and sends it as the API does. */
  send(bookingId: string, wish: BookingWish, more?: CommandChoice): Promise<CommandResult | 'UNKNOWN'>;
}

export function openLifecycles(client: Client, { db }: Store): Lifecycles {
  const workflows = bookingWorkflows(client);
  const store: Lifecycles['store'] = async (bookingId, wish, more = {}) => {
    const stored = await createCommand(db, {
      ...{ bookingId, wish, actor: ADMIN, role: 'admin', key: null, reason: null, expectedVersion: null },
      ...{ occurredAt: null, respondAsync: false },
      ...more,
    });
    if (!stored.ok) throw new Error(stored.failure.message);
    return stored.value.id;
  };
  return {
    ...workflows,
    store,
    send: async (bookingId, wish, more) => {
      const commandId = await store(bookingId, wish, more);
      return workflows.apply({ bookingId, commandId, kind: wish.kind }, 20_000);
    },
  };
}
