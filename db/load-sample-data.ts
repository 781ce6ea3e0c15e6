import { readFile } from 'node:fs/promises';
import pg from 'pg';

/** Runs a script of sample data in one transaction, but only into a database without a single dealer. True: it did. */
export async function loadSampleData(databaseUrl: string, script: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query('BEGIN');
    const { rowCount } = await client.query('SELECT 1 FROM dealers LIMIT 1');
    if (rowCount) return false;
    await client.query(await readFile(script, 'utf8'));
    await client.query('COMMIT');
    return true;
  } finally {
    // Ends an open transaction as well.
    await client.end();
  }
}
