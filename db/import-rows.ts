import type { Page, RowFault, RowOutcome, RowWarning } from '../src/domain/import.ts';
import type { Cell } from '../src/domain/record.ts';
import type { Database } from './connect.ts';
import { decodeCursor, toPage } from './page.ts';
import { rows } from './query.ts';

/** A row of an import with its fate. */
export interface ImportRow {
  /** Records after the header, from 1. */
  row: number;
  outcome: RowOutcome;
  bookingId: string | null;
  externalId: string | null;
  errors: RowFault[];
  warnings: RowWarning[];
}

export interface ImportRowFilter {
  outcome?: RowOutcome | 'warned';
  limit: number;
  cursor?: string | null;
}

// Each fate with the table that knows it, from a row number on; a row that none of them knows was not attempted.
const FATES = `
  with fates as (
    select import_row as "row", 'created' as outcome, id as "bookingId", external_id as "externalId", null::jsonb as errors
    from bookings where import_id = $1 and import_row > $2
    union all
    select row_number, outcome, booking_id,
      coalesce(r.external_id, (select b.external_id from bookings b where b.id = r.booking_id)), null
    from booking_import_rows r where import_id = $1 and row_number > $2
    union all
    select row_number, 'failed', null, null, field_errors
    from booking_import_errors where import_id = $1 and row_number > $2 and resolved_round is null
  )`;

const ALL_ROWS = `${FATES}
  select n as "row", coalesce(f.outcome, 'notAttempted') as outcome, f."bookingId", f."externalId", f.errors
  from generate_series($2 + 1, (select total_rows from booking_imports where id = $1)) n
  left join fates f on f."row" = n
  where $3::text is null or coalesce(f.outcome, 'notAttempted') = $3
  order by n limit $4`;

const WARNED_ROWS = `${FATES}, warned as (
    select distinct (w ->> 0)::int as n
    from booking_import_chunks c, json_array_elements(c.warnings -> 'rows') w
    where c.import_id = $1 and (w ->> 0)::int > $2
  )
  select f.* from warned join fates f on f."row" = warned.n
  where $3::text is null and f.outcome in ('created', 'updated') order by n limit $4`;

/** An import's rows with their fate, in the order of the file. */
export async function listImportRows(
  db: Database,
  importId: string,
  filter: ImportRowFilter,
): Promise<Page<ImportRow>> {
  const warned = filter.outcome === 'warned';
  const after = Number(decodeCursor(filter.cursor) ?? 0);
  const found = await rows<Omit<ImportRow, 'warnings' | 'errors'> & { errors: RowFault[] | null }>(
    db,
    warned ? WARNED_ROWS : ALL_ROWS,
    [importId, after, warned ? null : (filter.outcome ?? null), filter.limit + 1],
  );
  const page = toPage(found, filter.limit, (item) => item.row);
  const warnings = await findWarnings(
    db,
    importId,
    page.items.map((item) => item.row),
  );
  const items = page.items.map((item) => ({
    ...item,
    errors: item.errors ?? [],
    warnings: warnings.get(item.row) ?? [],
  }));
  return { items, nextCursor: page.nextCursor };
}

async function findWarnings(db: Database, importId: string, numbers: number[]): Promise<Map<number, RowWarning[]>> {
  const found = await rows<{ row: number; warnings: RowWarning[] }>(
    db,
    `select (w ->> 0)::int as "row",
       (select json_agg(c.warnings -> 'told' -> i::int order by n)
        from json_array_elements_text(w) with ordinality x (i, n) where n > 1) as warnings
     from booking_import_chunks c, json_array_elements(c.warnings -> 'rows') w
     where c.import_id = $1 and (w ->> 0)::int = any ($2::int[])
     order by c.round`,
    [importId, numbers],
  );
  return new Map(found.map((item) => [item.row, item.warnings]));
}

/** A failed row with its cells as the file gave them. */
export interface ImportErrorLine {
  row: number;
  cells: Cell[];
  damaged?: number[];
  faults: RowFault[];
}

const ERROR_PAGE = 1000;

/** The failed rows of an import in the order of the file, in batches, with the header of its file. */
export async function readImportErrors(
  db: Database,
  importId: string,
): Promise<{ header: string[]; lines: AsyncIterable<ImportErrorLine[]> }> {
  const [found] = await rows<{ header: string[] | null }>(
    db,
    `select facts -> 'header' as header from booking_imports where id = $1`,
    [importId],
  );
  return { header: found?.header ?? [], lines: errorBatches(db, importId) };
}

async function* errorBatches(db: Database, importId: string): AsyncGenerator<ImportErrorLine[]> {
  for (let after = 0; ; ) {
    const batch = await rows<ImportErrorLine>(
      db,
      `select row_number as "row", raw_row -> 'cells' as cells, raw_row -> 'damaged' as damaged, field_errors as faults
       from booking_import_errors where import_id = $1 and row_number > $2 and resolved_round is null
       order by row_number limit $3`,
      [importId, after, ERROR_PAGE],
    );
    if (batch.length === 0) return;
    yield batch;
    after = batch.at(-1)?.row ?? after;
  }
}
