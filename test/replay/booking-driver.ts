import type { Client } from '@temporalio/client';
import type { BookingStatus } from '../../src/domain/booking.ts';
import type { BookingWish } from '../../src/domain/booking-command.ts';
import { type Lifecycles, openLifecycles } from '../support/lifecycles.ts';
import type { Store } from '../support/store.ts';
import { waitFor } from '../support/wait-for.ts';
import { ADVISOR, PERSON } from './people.ts';

/** How long a dealer's timers take, in seconds; null or left out: that one is off. */
type DealerSeconds = Partial<
  Record<'reminderHours' | 'noShowHours' | 'rescheduleHours' | 'reopenHours', number | null>
>;

export interface GivenBooking {
  status?: BookingStatus;
  /** From now; 90 days unless given. */
  inSeconds?: number;
  dealer?: DealerSeconds;
}

/** Bookings and what people, phones and time do with them. */
export interface BookingDriver {
  lifecycles: Lifecycles;
  /** A booking whose workflow has begun; gives its id. */
  living(given?: GivenBooking): Promise<string>;
  /** One that has no workflow yet. */
  sleeping(given?: GivenBooking): Promise<string>;
  /** Must succeed. */
  send(id: string, wish: BookingWish): Promise<void>;
  move(id: string, ...statuses: BookingStatus[]): Promise<void>;
  untilStatus(id: string, status: BookingStatus): Promise<void>;
}

const WITHOUT_ADVISOR: readonly BookingStatus[] = ['PENDING', 'WAITLISTED'];
const QUARTER = 90 * 86_400;

export function bookingDriver(client: Client, store: Store): BookingDriver {
  const lifecycles = openLifecycles(client, store);
  let made = 0;
  const sleeping: BookingDriver['sleeping'] = async ({ status = 'PENDING', inSeconds = QUARTER, dealer = {} } = {}) => {
    made += 1;
    const id = `B${String(made).padStart(3, '0')}`;
    const advisorId = WITHOUT_ADVISOR.includes(status) ? null : ADVISOR;
    await store.run(`update dealers set settings = $1 where id = 'd1'`, [JSON.stringify(inHours(dealer))]);
    await store.run(
      `insert into bookings (id, dealer_id, customer_name, customer_phone, customer_email, status, advisor_id, booking_date, status_since)
       values ($1, 'd1', $2, $3, $4, $5, $6, now() + make_interval(secs => $7), now())`,
      [id, PERSON.name, PERSON.phone, PERSON.email, status, advisorId, inSeconds],
    );
    return id;
  };
  const send: BookingDriver['send'] = async (id, wish) => {
    const result = await lifecycles.send(id, wish, { reason: PERSON.said });
    if (result === 'UNKNOWN' || !result.ok) throw new Error(`${id}: ${JSON.stringify(result)}`);
  };
  return {
    lifecycles,
    sleeping,
    async living(given) {
      const id = await sleeping(given);
      await lifecycles.start(id);
      // When it answers, its first task has passed: what comes next is a change of its own.
      await lifecycles.ask(id, 20_000);
      return id;
    },
    send,
    async move(id, ...statuses) {
      for (const status of statuses) await send(id, { kind: 'changeStatus', status });
    },
    untilStatus: (id, status) =>
      waitFor(
        async () => (await store.rows('select from bookings where id = $1 and status = $2', [id, status])).length > 0,
      ),
  };
}

const OFF: DealerSeconds = { reminderHours: null, noShowHours: null, rescheduleHours: null, reopenHours: 600 };
const inHours = (given: DealerSeconds) =>
  Object.fromEntries(
    Object.entries({ ...OFF, ...given }).map(([name, seconds]) => [name, seconds === null ? null : seconds / 3_600]),
  );
