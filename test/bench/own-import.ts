import { openAsBlob } from 'node:fs';
import { setTimeout as after } from 'node:timers/promises';
import type { ImportView } from '../../src/domain/import.ts';
import { peakMegabytes } from '../support/peak-memory.ts';
import type { Stack } from '../support/stack.ts';

const IMPORTS = '/api/admin/bookings';

/** Uploads through REST; gives the import as it was accepted. */
export async function uploadFile(stack: Stack, file: Blob, settings: object = {}): Promise<ImportView> {
  const form = new FormData();
  form.set('settings', JSON.stringify(settings));
  form.set('file', file, 'bookings.csv');
  const response = await fetch(`${stack.apiUrl}${IMPORTS}/import`, { method: 'POST', headers: authorised(stack), body: form });
  if (response.status !== 202) throw new Error(`${response.status}: ${await response.text()}`);
  return (await response.json()) as ImportView;
}

const authorised = (stack: Stack) => ({ authorization: `Bearer ${stack.adminToken}` });

/** Asks until the import has ended. */
export async function untilEnded(stack: Stack, id: string): Promise<ImportView> {
  for (;;) {
    const response = await fetch(`${stack.apiUrl}${IMPORTS}/imports/${id}`, { headers: authorised(stack) });
    const view = (await response.json()) as ImportView;
    if (view.phase === 'done') return view;
    await after(20);
  }
}

/** From the commit of the upload to the end of the import, by the database's clock. */
export async function timeImport(stack: Stack, path: string) {
  const accepted = await uploadFile(stack, await openAsBlob(path));
  const view = await untilEnded(stack, accepted.id);
  const [timed] = await stack.store.rows<{ seconds: number }>(
    'select extract(epoch from completed_at - created_at)::float8 as seconds from booking_imports where id = $1',
    [view.id],
  );
  return { ...view.rows, seconds: timed?.seconds ?? Number.NaN, workerMegabytes: await peakMegabytes(stack.worker?.pid ?? 0) };
}

/** Seconds from the first byte of an upload of ten rows until REST shows them written; one after the other. */
export async function timeSmallImports(stack: Stack, times: number): Promise<number[]> {
  const seconds: number[] = [];
  for (let time = 0; time < times; time += 1) {
    const rows = Array.from({ length: 10 }, (_, n) => `SMALL-${process.hrtime.bigint()}-${n},Asha Rao,+919812345678,DLR001,2027-03-04`);
    const began = performance.now();
    const view = await uploadFile(stack, new Blob([`external_id,customer_name,customer_phone,dealer_code,booking_date\n${rows.join('\n')}\n`]));
    const ended = await untilEnded(stack, view.id);
    if (ended.rows.created !== 10) throw new Error(`wrong counts: ${JSON.stringify(ended.rows)}`);
    seconds.push((performance.now() - began) / 1000);
  }
  return seconds;
}
