import type { ImportView } from '../../src/domain/import.ts';
import { addAdvisors, addBooking } from '../support/bookings.ts';
import { call, getImport, untilEnded, upload } from '../support/rest.ts';
import { type Stack, withStack } from '../support/stack.ts';
import { waitFor } from '../support/wait-for.ts';

const IMPORTS = '/api/admin/bookings/imports';
const HEADER = 'external_id,customer_name,dealer_code,booking_date';
const ROWS = 3_000;

/** Ids that exist, for the calls of one role: by `operationId` where a call needs one in a certain state. */
export interface KnownIds {
  bookings: string[];
  import: string;
  byOperation: Record<string, string>;
  /** Of what can be made only once. */
  bodies: Record<string, object>;
}

/** What the limits refuse gets no further. */
const WIDE = Object.fromEntries(
  ['READS_PER_SECOND', 'WRITES_PER_MINUTE', 'UPLOADS_PER_MINUTE', 'FAILED_SIGN_INS_PER_MINUTE']
    .map((name) => [`RATE_${name}`, '1000000'])
    .concat(['RUNNING', 'WAITING'].map((name) => [`MAX_${name}_IMPORTS`, '1000000'])),
);

/** A whole stack of its own with bookings, advisors and imports in every state that a call may need. */
export async function openFuzzStack(): Promise<Stack> {
  const stack = await withStack({ worker: false, env: { LOG_LEVEL: 'warn', ...WIDE } });
  await Promise.all([stack.startWorker('imports', 'bookings', 'notifications'), addAdvisors(stack.store)]);
  return stack;
}

/** What one caller's run works on, within `dealers`. Each has its own: a paused import is resumed only once. */
export async function addKnown(stack: Stack, role: string, dealers: string[]): Promise<KnownIds> {
  await stack.store.run("update dealers set is_active = true where dealer_code <> 'DLR050'");
  const advisorId = await addAdvisor(stack, role);
  const ready = await Promise.all(Array.from({ length: 4 }, () => assigned(stack, advisorId)));
  const [status = '', asAdmin = '', ...others] = ready;
  const [done, undone, ...paused] = await Promise.all([
    ended(stack, `${role}-done`),
    ended(stack, `${role}-undone`),
    ...['paused', 'resumed', 'cancelled'].map((name) => pausedImport(stack, `${role}-${name}`)),
  ]);
  // As if by an admin of these dealers, so that one such may see them, too.
  await stack.store.run('update booking_imports set dealer_codes = $1', [dealers]);
  const [pauseImport = '', resumeImport = '', cancelImport = ''] = paused;
  return {
    bookings: others,
    import: done,
    byOperation: {
      ...{ changeStatus: status, changeStatusAsAdmin: asAdmin },
      ...{ undoImport: undone, pauseImport, resumeImport, cancelImport },
    },
    bodies: {
      createDealer: { dealerCode: `${role}-dealer`, dealerName: 'North Street Cars' },
      createAdvisor: { email: `${role}@example.com`, name: 'Dina Kaya', dealerCodes: ['DLR001'] },
      createVariant: { code: `${role}-variant`, name: 'SUV LX' },
    },
  };
}

/** Of the advisor whose bookings these are; whoever was called before knows nothing of it and cannot have changed it. */
export const advisorOf = (role: string): string => `${role}-advisor@example.com`;

async function addAdvisor({ store }: Stack, role: string): Promise<string> {
  const id = `${role}-1`;
  await store.run('insert into advisors (id, email, name) values ($1, $2, $1)', [id, advisorOf(role)]);
  await store.run("insert into advisor_dealers (advisor_id, dealer_id, is_home) values ($1, 'd1', true)", [id]);
  return id;
}

const assigned = (stack: Stack, advisorId: string) => addBooking(stack.store, { status: 'ASSIGNED', advisorId });

/** With a row that failed, so that there is something to retry. */
async function ended(stack: Stack, name: string): Promise<string> {
  const file = `${HEADER}\n${name}-1,Asha Rao,DLR001,2031-03-04\n${name}-2,Ben Okri,DLR001,31-02-2031\n`;
  const { id } = await upload(stack, file, { historical: true });
  await untilEnded(stack, id);
  return id;
}

async function pausedImport(stack: Stack, name: string): Promise<string> {
  const rows = Array.from({ length: ROWS }, (_, i) => `${name}-${i},Customer ${i},DLR002,2031-03-04`);
  const { id } = await upload(stack, [HEADER, ...rows].join('\n'), { historical: true });
  await call<ImportView>(stack, 'POST', `${IMPORTS}/${id}/pause`);
  await waitFor(async () => (await getImport(stack, id)).phase === 'paused', 60_000);
  return id;
}
