import type { Store } from './store.ts';

interface Place {
  table: string;
  column: string;
  kind: 'text' | 'bytes';
}

/** Every column of every table that can hold a text: `table.column` for each that has one of these, whatever its case. */
export async function findEverywhere(store: Store, texts: string[]): Promise<string[]> {
  const places = await store.rows<Place>(
    `select table_name as "table", column_name as "column", case data_type when 'bytea' then 'bytes' else 'text' end as kind
     from information_schema.columns join information_schema.tables using (table_schema, table_name)
     where table_schema = current_schema() and table_type = 'BASE TABLE'
       and data_type not in ('boolean', 'timestamp with time zone', 'date')
     order by 1, 2`,
  );
  const found: string[] = [];
  for (const place of places) if (await holds(store, place, texts)) found.push(`${place.table}.${place.column}`);
  return found;
}

async function holds(store: Store, { table, column, kind }: Place, texts: string[]): Promise<boolean> {
  const condition =
    kind === 'bytes'
      ? `exists (select from unnest($1::text[]) t where position(convert_to(t, 'utf8') in "${column}") > 0)`
      : `exists (select from unnest($1::text[]) t where strpos(lower("${column}"::text), lower(t)) > 0)`;
  return (await store.rows(`select 1 as one from "${table}" where ${condition} limit 1`, [texts])).length > 0;
}
