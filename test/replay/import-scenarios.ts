import { csvFile } from '../support/csv-file.ts';
import { call, getImport, untilEnded, upload, uploadForm } from '../support/rest.ts';
import { storeUpload } from '../support/store.ts';
import { waitFor } from '../support/wait-for.ts';
import type { Recording, Scenarios } from './open-recording.ts';

const PATH = '/api/admin/bookings/imports';
const ROWS = 200;
const workflowOf = (id: string, round = 1) => `import-${id}-${round}`;
// No two of them have the same bytes, or the second would be the first.
let files = 0;
function file(change?: Parameters<typeof csvFile>[1]): string {
  files += 1;
  return csvFile(ROWS, change, `R${files}`);
}
const BAD_ROW = (row: string[], n: number) => (n % 50 === 0 ? row.with(1, '') : row);

const WHOLE_SCENARIOS: Scenarios = {
  'import-completed': (on, name) => imported(on, name, file()),
  'import-with-bad-rows': (on, name) => imported(on, name, file(BAD_ROW)),
  'import-with-repeated-ids': (on, name) =>
    imported(
      on,
      name,
      file((row, n) => (n > 150 ? row.with(0, `TWICE-${n % 10}`) : row)),
    ),
  'import-all-or-nothing': (on, name) => imported(on, name, file(), { mode: 'all_or_nothing' }),
  'import-all-or-nothing-is-nothing': (on, name) => imported(on, name, file(BAD_ROW), { mode: 'all_or_nothing' }),
  'import-of-many-windows': (on, name) => imported(on, name, csvFile(25_000, undefined, 'WIDE')),
  'import-of-a-broken-file': async (on, name) => {
    // The API would have refused it, unless looking into it took too long.
    const id = await storeUpload(on.stack.store.db, `${file()}"never closed`);
    await on.temporal.imports.start(id, 1);
    await ended(on, name, id);
  },
  'import-dry-run': async (on, name) => {
    const form = uploadForm(new Blob([file()]));
    const { body } = await call<{ id: string }>(on.stack, 'POST', '/api/admin/bookings/validate', form);
    await ended(on, name, body.id);
  },
  'import-retried': async (on, name) => {
    const { id } = await upload(
      on.stack,
      file((row, n) => (n % 50 === 0 ? row.with(4, 'DLR999') : row)),
    );
    await untilEnded(on.stack, id);
    await call(on.stack, 'POST', `${PATH}/${id}/retry`);
    await on.untilClosed(workflowOf(id, 2));
    await on.save(name, workflowOf(id, 2));
  },
};

async function imported(on: Recording, name: string, content: string, settings: object = {}): Promise<void> {
  await ended(on, name, (await upload(on.stack, content, settings)).id);
}

async function ended(on: Recording, name: string, id: string): Promise<void> {
  await on.untilClosed(workflowOf(id));
  await on.save(name, workflowOf(id));
}

const untilPaused = ({ stack }: Recording, id: string) =>
  waitFor(async () => (await getImport(stack, id)).phase === 'paused', 60_000, 50);

const STOPPED_SCENARIOS: Scenarios = {
  'import-paused-before-it-began': async (on, name) => {
    let id = '';
    await on.withoutWorker(async () => {
      ({ id } = await upload(on.stack, file()));
      await on.temporal.imports.pause(id, 1);
    });
    await resumed(on, name, id);
  },
  'import-paused-in-its-midst': async (on, name) => {
    const { id } = await held(on, ({ id }) => on.temporal.imports.pause(id, 1));
    await resumed(on, name, id);
  },
  'import-cancelled-before-it-began': async (on, name) => {
    let id = '';
    await on.withoutWorker(async () => {
      ({ id } = await upload(on.stack, file()));
      await call(on.stack, 'DELETE', `${PATH}/${id}`);
    });
    await ended(on, name, id);
  },
  'import-cancelled-in-its-midst': async (on, name) => {
    // The answer waits for the chunks that are being written, so it comes when they are let go.
    let answer: Promise<unknown> | undefined;
    const { id } = await held(on, async ({ id }) => {
      answer = call(on.stack, 'DELETE', `${PATH}/${id}`);
    });
    await answer;
    await ended(on, name, id);
  },
  'import-cancelled-in-the-web-ui': async (on, name) => {
    const { id } = await held(on, async ({ id }) => {
      await on.temporal.imports.cancel(id, 1);
    });
    await ended(on, name, id);
  },
  'import-fenced-off': async (on, name) => {
    const { id } = await held(on, async ({ id }) => {
      await on.stack.store.run('update booking_imports set epoch = epoch + 1 where id = $1', [id]);
    });
    await ended(on, name, id);
  },
};

async function resumed(on: Recording, name: string, id: string): Promise<void> {
  await untilPaused(on, id);
  await call(on.stack, 'POST', `${PATH}/${id}/resume`);
  await ended(on, name, id);
}

/** An import that is acted upon while it writes. */
async function held(on: Recording, act: (found: { id: string }) => Promise<void>): Promise<{ id: string }> {
  let id = '';
  await on.whileHeld(async () => {
    ({ id } = await upload(on.stack, file()));
    await waitFor(async () => (await on.stack.store.rows(WAITING)).length > 0);
    await act({ id });
  });
  return { id };
}
const WAITING = `select from pg_locks where locktype = 'advisory' and not granted`;

const TROUBLED_SCENARIOS: Scenarios = {
  'import-outlives-a-full-disk': async (on, name) => {
    await refuseBookings(on, '53100');
    const { id } = await upload(on.stack, file());
    await waitFor(async () => (await getImport(on.stack, id)).reason?.code === 'DATABASE_UNAVAILABLE', 60_000, 50);
    await mend(on);
    await ended(on, name, id);
  },
  'import-paused-by-a-refusing-database': async (on, name) => {
    await refuseBookings(on, '23514');
    const { id } = await upload(on.stack, file());
    await untilPaused(on, id);
    await mend(on);
    await resumed(on, name, id);
  },
};

const refuseBookings = ({ stack }: Recording, sqlState: string) =>
  stack.store.run(`
    create or replace function refuse_booking() returns trigger language plpgsql as $f$ begin
      raise exception 'refused' using errcode = '${sqlState}';
    end $f$;
    create trigger refuse_booking before insert on bookings for each row execute function refuse_booking();`);
const mend = ({ stack }: Recording) => stack.store.run('drop trigger refuse_booking on bookings');

export const IMPORT_SCENARIOS: Scenarios = { ...WHOLE_SCENARIOS, ...STOPPED_SCENARIOS, ...TROUBLED_SCENARIOS };
