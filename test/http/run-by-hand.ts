import type { Database } from '../../db/connect.ts';
import { endRound } from '../../db/end-import.ts';
import { newId } from '../../db/ids.ts';
import { loadReferenceData } from '../../db/reference-data.ts';
import { beginRound, stageChunks } from '../../db/staging.ts';
import { storeVerdict, toText } from '../../db/verdicts.ts';
import { writeChunk } from '../../db/write-chunk.ts';
import type { RowFault } from '../../src/domain/import.ts';
import type { Cell } from '../../src/domain/record.ts';

export interface HandRow {
  cells: Cell[];
  damaged?: number[];
  /** The row fails with these; else it is written. */
  faults?: RowFault[];
}

/** What a worker would do with an import, by the store's own functions: stage, judge and write one chunk. */
export async function writeRows(
  db: Database,
  importId: string,
  { header, rows }: { header: string[]; rows: HandRow[] },
) {
  const source = await beginRound(db, importId, 1);
  if (!source) throw new Error('the import does not wait for its first round');
  const run = { importId, round: 1, epoch: source.epoch };
  const records = rows.map(({ cells, damaged }, i) => [i + 1, i + 2, cells, damaged ?? null, null] as const);
  const facts = {
    type: 'csv',
    encoding: 'utf-8',
    delimiter: ',',
    sheet: null,
    sheets: [],
    header,
    columns: [],
  } as const;
  await stageChunks(db, run, {
    chunks: (async function* () {
      yield { chunk: 0, tail: false, records: records.map(([...record]) => record) };
    })(),
    report: () => ({ totalRows: rows.length, facts: { ...facts, sheets: [], columns: [] } }),
  });
  await storeVerdict(db, run, 0, toText(await verdictOn(db, importId, rows)));
  await writeChunk(db, run, 0);
  return { finish: () => endRound(db, run, { status: 'COMPLETED' }) };
}

async function verdictOn(db: Database, importId: string, rows: HandRow[]) {
  const { dealers } = await loadReferenceData(db);
  const dealerId = dealers[0]?.id ?? '';
  const numbered = rows.map((row, i) => ({ ...row, row: i + 1 }));
  const valid = numbered
    .filter(({ faults }) => !faults)
    .map(({ row }) => ({
      id: newId(),
      draft: {
        ...{ row, external_id: `${importId}-${row}`, dealer_id: dealerId, customer_name: `Customer ${row}` },
        ...{ booking_date: '2027-03-04T10:00:00.000Z', status: 'PENDING' as const },
        ...{ car_variant_id: null, customer_phone: null, customer_email: null, advisor_id: null, metadata: null },
      },
      warnings: [],
    }));
  const errors = numbered.flatMap(({ row, cells, damaged, faults }) =>
    faults?.[0]
      ? [
          {
            id: newId(),
            row,
            raw: { line: row + 1, cells, damaged },
            message: faults.map((f) => f.message).join('; '),
            type: faults[0].type,
            faults,
          },
        ]
      : [],
  );
  return { valid, errors };
}
