import { peakMegabytes } from '../support/peak-memory.ts';
import { untilEnded, upload, uploadPath } from '../support/rest.ts';
import type { Stack } from '../support/stack.ts';

/** As the portal's stream does: asking twenty times a second took a tenth of both processors from the import. */
const PORTAL_LOOKS_MS = 500;

/** From the commit of the upload to the end of the import, by the database's clock. */
export async function timeImport(stack: Stack, path: string) {
  const { id } = await uploadPath(stack, path);
  const view = await untilEnded(stack, id, { limitMs: 120_000, everyMs: PORTAL_LOOKS_MS });
  const [timed] = await stack.store.rows<{ seconds: number }>(
    'select extract(epoch from completed_at - created_at)::float8 as seconds from booking_imports where id = $1',
    [view.id],
  );
  return {
    ...view.rows,
    seconds: timed?.seconds ?? Number.NaN,
    workerMegabytes: await peakMegabytes(stack.worker?.pid ?? 0),
  };
}

/** Seconds from the first byte of an upload of ten rows until REST shows them written; one after the other. */
export async function timeSmallImports(stack: Stack, times: number): Promise<number[]> {
  const seconds: number[] = [];
  for (let time = 0; time < times; time += 1) {
    const rows = Array.from(
      { length: 10 },
      (_, n) => `SMALL-${process.hrtime.bigint()}-${n},Asha Rao,+919812345678,DLR001,2027-03-04`,
    );
    const began = performance.now();
    const { id } = await upload(
      stack,
      `external_id,customer_name,customer_phone,dealer_code,booking_date\n${rows.join('\n')}\n`,
    );
    const { created } = (await untilEnded(stack, id)).rows;
    if (created !== 10) throw new Error(`${created} rows of ten`);
    seconds.push((performance.now() - began) / 1000);
  }
  return seconds;
}
