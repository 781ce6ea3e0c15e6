import assert from 'node:assert/strict';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { rows } from '../../db/query.ts';
import { deleteBatch } from '../../db/retention.ts';
import type { RowFault } from '../../src/domain/import.ts';
import { type HandRow, writeRows } from './run-by-hand.ts';
import { type RunningApi, startApi } from './running-api.ts';

const IMPORTS = '/api/admin/bookings/imports';
const fault = (message: string): RowFault => ({ type: 'DATE', field: 'booking_date', message });
const bad = (cells: HandRow['cells'], more: Partial<HandRow> = {}): HandRow => ({
  cells,
  faults: [fault('no day')],
  ...more,
});

describe('the error report', function () {
  this.timeout(60_000);
  let api: RunningApi;
  before(async () => {
    api = await startApi();
    await api.call('POST', '/api/admin/dealers', { body: { dealerCode: 'DLR001', dealerName: 'One' } });
  });
  after(() => api.stop());

  let files = 0;
  const failedImport = async (file: { header: string[]; rows: HandRow[] }, name = 'März "1".csv'): Promise<string> => {
    files += 1;
    const content = `customer_name,dealer_code,booking_date\nAda ${files},DLR001,2027-01-01\n`;
    const { id } = (await api.upload('/api/admin/bookings/import', { content, name })).body;
    const { finish } = await writeRows(api.db, id, file);
    await finish();
    return id;
  };
  const download = async (id: string) => {
    const authorization = `Bearer ${await api.token()}`;
    const response = await fetch(`${api.url}${IMPORTS}/${id}/errors`, { headers: { authorization } });
    const bytes = Buffer.from(await response.arrayBuffer());
    return { response, bytes, lines: parse(bytes, { bom: true, relax_column_count: true }) as string[][] };
  };

  it('is a CSV with the original columns, then what was wrong: one line a failed row, its faults joined', async () => {
    const both: RowFault[] = [
      fault('31-02 is no day'),
      { type: 'PHONE', field: 'customer_phone', message: 'too short' },
    ];
    const header = ['Name', 'Telefon', 'Datum'];
    const rows = [
      { cells: ['Ada', '1', 'x'] },
      { cells: ['Bob, "B"', '1', '31-02-2027'], faults: both },
      bad(['Cy\nrus', '2', '']),
    ];
    const id = await failedImport({ header, rows });
    const { response, bytes, lines } = await download(id);
    assert.equal(response.headers.get('content-type'), 'text/csv; charset=utf-8');
    assert.match(response.headers.get('content-disposition') ?? '', /^attachment; .*filename\*=UTF-8''M%C3%A4rz/);
    assert.deepEqual([...bytes.subarray(0, 3)], [0xef, 0xbb, 0xbf]);
    assert.deepEqual(lines, [
      [...header, 'import_id', 'import_row', 'import_error_type', 'import_error_field', 'import_error_message'],
      [
        'Bob, "B"',
        '1',
        '31-02-2027',
        id,
        '2',
        'DATE; PHONE',
        'booking_date; customer_phone',
        '31-02 is no day; too short',
      ],
      ['Cy\nrus', '2', '', id, '3', 'DATE', 'booking_date', 'no day'],
    ]);
  });

  it('of an import without failures is its header alone', async () => {
    const { lines } = await download(await failedImport({ header: ['a'], rows: [{ cells: ['1'] }] }));
    assert.equal(lines.length, 1);
  });

  it('is harmless in a spreadsheet, and read back by us it is equal', async () => {
    const nasty = ['=HYPERLINK("http://x","y")', '@SUM(1)', '+49 30 1', '-1', '\tTab', "'=1", '  two spaces ', 'a;b|c'];
    const header = nasty.map((_, i) => `c${i}`);
    const id = await failedImport({ header, rows: [bad(nasty)] });
    const { bytes, lines } = await download(id);
    for (const cell of lines[1] ?? []) assert.doesNotMatch(cell, /^[=@\t\r]/, cell);
    const again = await api.upload('/api/admin/bookings/preview', { content: bytes });
    assert.deepEqual(again.body.rows[0].slice(0, nasty.length), nasty);
  });

  it('is read back equal whatever its cells are, and none of them is run by a spreadsheet', async () => {
    const unit = fc.constantFrom(...`'=+-@\t\r\n＝"',;|\\ aä伟1`);
    const cell = fc.oneof(
      fc.string({ unit }),
      fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0')),
    );
    const rows = fc.array(fc.array(cell, { minLength: 3, maxLength: 3 }), { minLength: 60, maxLength: 100 });
    await fc.assert(
      fc.asyncProperty(rows, async (given) => {
        const id = await failedImport({ header: ['a', 'b', 'c'], rows: given.map((cells) => bad(cells)) });
        const { bytes, lines } = await download(id);
        for (const shown of lines.flat()) assert.doesNotMatch(shown, /^[=+\-@\t\r\n＝＋－＠]/);
        const again = await api.upload('/api/admin/bookings/preview', { content: bytes });
        assert.deepEqual(
          again.body.rows.map((cells: string[]) => cells.slice(0, 3)),
          given,
        );
      }),
      { numRuns: 10 },
    );
  });

  it('gives back the bytes that are no text, so that they fail again until somebody corrects them', async () => {
    const id = await failedImport({
      header: ['a', 'b'],
      rows: [bad(['M\\xFCller \\\\ \\x00 \\uD800', 'ü'], { damaged: [0] })],
    });
    const { bytes } = await download(id);
    const expected = Buffer.from('4dfc6c6c6572205c200020eda0802c', 'hex');
    assert.ok(bytes.includes(expected), bytes.toString('latin1'));
    assert.ok(bytes.includes(Buffer.from('ü,')));
  });

  it('of a report of a report is not made harmless twice', async () => {
    const header = ['a', 'import_id', 'import_row', 'import_error_type', 'import_error_field', 'import_error_message'];
    const id = await failedImport({ header, rows: [bad(["'=1+1", 'OLD', '1', 'DATE', '', 'old'])] });
    const { lines } = await download(id);
    assert.equal(lines[1]?.[0], "'=1+1");
  });

  it('keeps short rows in their columns, and what is beyond the header at the very end', async () => {
    const id = await failedImport({ header: ['a', 'b'], rows: [bad(['1']), bad(['1', '2', 'too', 'many'])] });
    const { lines } = await download(id);
    const about = (row: number) => [id, String(row), 'DATE', 'booking_date', 'no day'];
    assert.deepEqual(lines.slice(1), [
      ['1', '', ...about(1)],
      ['1', '2', ...about(2), 'too', 'many'],
    ]);
  });

  it('of a report that failed again has its columns once', async () => {
    const header = ['a', 'import_id', 'import_row', 'import_error_type', 'import_error_field', 'import_error_message'];
    const id = await failedImport({ header, rows: [bad(['x', 'OLD', '7', 'PHONE', 'customer_phone', 'old'])] });
    const { lines } = await download(id);
    assert.deepEqual(lines, [header, ['x', id, '1', 'DATE', 'booking_date', 'no day']]);
  });

  it('shows number and date cells of a sheet as their text', async () => {
    const cells = [
      { kind: 'number', text: '49301234567' },
      { kind: 'date', text: '2027-03-04T10:00:00' },
    ] as const;
    const { lines } = await download(await failedImport({ header: ['a', 'b'], rows: [bad([...cells])] }));
    assert.deepEqual(lines[1]?.slice(0, 2), ['49301234567', '2027-03-04T10:00:00']);
  });

  it('of 5,000 failed rows comes whole and in order', async () => {
    const rows = Array.from({ length: 5000 }, (_, i) => bad([`row ${i + 1}`]));
    const { lines } = await download(await failedImport({ header: ['a'], rows }));
    assert.deepEqual(
      lines.slice(1).map(([cell]) => cell),
      rows.map(({ cells }) => cells[0]),
    );
  });

  it('that the client stops reading harms nothing', async () => {
    const rows = Array.from({ length: 3000 }, () => bad(['x'.repeat(2000)]));
    const id = await failedImport({ header: ['a'], rows });
    const abort = new AbortController();
    const authorization = `Bearer ${await api.token()}`;
    const response = await fetch(`${api.url}${IMPORTS}/${id}/errors`, {
      headers: { authorization },
      signal: abort.signal,
    });
    await response.body?.getReader().read();
    abort.abort();
    assert.equal((await api.call('GET', `${IMPORTS}/${id}`)).status, 200);
  });

  it('of an import whose rows were deleted after their time is a problem that says so, as are its rows and its retry', async () => {
    const id = await failedImport({ header: ['Name'], rows: [bad(['Ada'])] });
    await rows(api.db, `update booking_imports set completed_at = now() - interval '31 days' where id = $1`, [id]);
    await rows(api.db, 'update lifecycle_walks set finished_at = now()');
    while (await deleteBatch(api.db, 'imports', { runId: 'run', days: 30 }));
    for (const [method, path] of [
      ['GET', 'errors'],
      ['GET', 'rows'],
      ['POST', 'retry'],
    ] as const) {
      const { status, body } = await api.call(method, `${IMPORTS}/${id}/${path}`);
      assert.deepEqual([status, body.code], [409, 'IMPORT_EXPIRED'], path);
    }
    const { body } = await api.call('GET', `${IMPORTS}/${id}`);
    assert.deepEqual([body.rows.failed, typeof body.rowsExpiredAt], [1, 'string']);
  });
});
