import { startPostgres } from '../../src/embedded/postgres.ts';
import { withStack } from '../support/stack.ts';
import { timeImport, timeSmallImports } from './own-import.ts';
import { writeBookingsFile } from './bookings-file.ts';
import { readFileSync, rmSync } from 'node:fs';
rmSync('/tmp/prof/pg', {recursive:true, force:true});
const pg = await startPostgres({ directory: '/tmp/prof/pg/d', logFile: '/tmp/prof/pg.log' });
process.env.TEST_POSTGRES_URL = pg.adminUrl;
await writeBookingsFile('/tmp/prof/b.csv', { rows: 100000, badPercent: 5, seed: 7 });
const stack = await withStack({ env: { MAX_UPLOAD_BYTES: String(1 << 30), ...(process.env.PROF ? { NODE_OPTIONS: '--import /tmp/prof/hook.mjs' } : {}) } });
if (process.env.VARIANTS) await stack.store.run(`insert into car_variants (code, name) values ('Nexon XZ+','a'),('Harrier','b'),('Creta SX(O)','c'),('Swift ZXi','d')`);
const cpu = (pid: number) => { const f = readFileSync(`/proc/${pid}/stat`,'utf8').split(') ')[1]!.split(' '); return (Number(f[11])+Number(f[12]))/100; };
try {
  await timeSmallImports(stack, 2);
  for (let i = 0; i < Number(process.env.N ?? 1); i++) {
    await stack.store.run('truncate bookings, booking_import_errors, booking_import_ledger, booking_import_chunks, booking_import_rows, booking_import_files, booking_imports cascade').catch((e)=>console.log(e.message));
    const c0 = cpu(stack.worker!.pid), w0 = performance.now();
    const t = await timeImport(stack, '/tmp/prof/b.csv');
    console.log(JSON.stringify(t), 'rows/s', Math.round(100000 / t.seconds), 'worker cpu', (cpu(stack.worker!.pid)-c0).toFixed(2), 'wall', ((performance.now()-w0)/1000).toFixed(2));
    console.log(await stack.store.rows(`select extract(epoch from started_at-created_at)::float8 as start, extract(epoch from (select min(validated_at) from booking_import_chunks c where c.import_id=i.id) - started_at)::float8 as parse, extract(epoch from (select max(validated_at)-min(validated_at) from booking_import_chunks c where c.import_id=i.id))::float8 as validate, extract(epoch from (select max(written_at)-min(written_at) from booking_import_ledger c where c.import_id=i.id))::float8 as write, extract(epoch from completed_at - (select max(written_at) from booking_import_ledger c where c.import_id=i.id))::float8 as finish from booking_imports i order by id desc limit 1`));
  }
} finally { await stack.close(); await pg.stop(); }
process.exit(0);
