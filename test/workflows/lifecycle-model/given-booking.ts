import { type BookingModel, pass, read } from './booking-model.ts';
import type { Play } from './commands.ts';
import { settle } from './observe.ts';
import type { Stage } from './stage.ts';
import { type Given, HOUR, OFF_THE_HOUR } from './steps.ts';

let made = 0;

/** Adds a booking, and what it should be like. */
export async function openPlay(stage: Stage, { status, advisor, hours, started, ...given }: Given): Promise<Play> {
  made += 1;
  const id = `M${process.pid}-${made}`;
  const now = await stage.now();
  const row = {
    ...{ status, advisor, version: 1 },
    date: now + given.dateInHours * HOUR + OFF_THE_HOUR,
    since: now - given.sinceHoursAgo * HOUR,
  };
  await addBooking(stage, id, row, {
    reminderHours: hours.reminder,
    noShowHours: hours.noShow,
    rescheduleHours: hours.reschedule,
    reopenHours: hours.reopen,
  });
  const model: BookingModel = {
    ...{ hours, now, row, known: null, reminded: [], trail: [], told: [], answers: {}, behind: 0 },
  };
  if (started) {
    await stage.lifecycles.start(id);
    read(model);
    pass(model, now);
  }
  return { stage, id, model: await settle(stage, id, [model]), sent: [] };
}

/** With a dealer of its own, so that no booking has to do with another. */
async function addBooking({ store }: Stage, id: string, row: BookingModel['row'], settings: object): Promise<void> {
  await store.run(`insert into dealers (id, dealer_code, dealer_name, settings) values ($1, $1, $1, $2)`, [
    id,
    JSON.stringify(settings),
  ]);
  await store.run(
    `insert into advisor_dealers (advisor_id, dealer_id, is_home)
     select id, $1, false from advisors where id in ('asha', 'ben', 'cleo')`,
    [id],
  );
  await store.run(
    `insert into bookings (id, dealer_id, customer_name, status, advisor_id, booking_date, status_since)
     values ($1, $1, 'Customer', $2, $3, $4, $5)`,
    [id, row.status, row.advisor, new Date(row.date), new Date(row.since)],
  );
}
