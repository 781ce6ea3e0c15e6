import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { cancelImport } from '../../db/end-import.ts';
import { writeRows } from './run-by-hand.ts';
import { type Answered, type RunningApi, startApi } from './running-api.ts';

const HEADER = 'external_id,customer_name,customer_phone,dealer_code,booking_date';
const line = (n: number) =>
  `X-${n},Customer ${n},+4922112345${String(n).padStart(3, '0')},DLR001,2027-03-0${(n % 9) + 1}`;
const IMPORT = '/api/admin/bookings/import';
const VALIDATE = '/api/admin/bookings/validate';
const IMPORTS = '/api/admin/bookings/imports';
const ACTOR = { subject: 'test', ip: null, userAgent: null };

// Temporal is away in all of these: what an API does with a worker is the story's to tell.
describe('the import endpoints', function () {
  this.timeout(60_000);
  let api: RunningApi;
  let files = 0;
  before(async () => {
    api = await startApi({ maxFileBytes: 200_000 });
    await api.call('POST', '/api/admin/dealers', { body: { dealerCode: 'DLR001', dealerName: 'One' } });
  });
  after(async () => {
    assert.deepEqual(await readdir(api.spoolDir), [], 'nothing is left in the spool directory');
    await api.stop();
  });

  /** A file that no other test has. */
  const csv = (rows = 3) => {
    files += 1;
    return `${[HEADER, ...Array.from({ length: rows }, (_, i) => line(i + 1)), `Y-${files},Extra ${files},,DLR001,2027-01-01`].join('\n')}\n`;
  };
  const count = async () => (await api.call('GET', `${IMPORTS}?limit=200`)).body.items.length;
  const started = async (settings?: unknown): Promise<string> => {
    const answered = await api.upload(IMPORT, { content: csv(), settings });
    assert.equal(answered.status, 202, JSON.stringify(answered.body));
    return answered.body.id;
  };
  const refusedWith = ({ status, headers, body }: Answered) => {
    assert.match(headers.get('content-type') ?? '', /^application\/problem\+json/);
    assert.equal(body.status, status);
    return [status, body.code];
  };

  describe('an upload', () => {
    it('is 202 with its place and the import, even while Temporal is away', async () => {
      const content = csv();
      const { status, headers, body } = await api.upload(IMPORT, { content, name: 'März.csv' });
      assert.equal(status, 202);
      assert.equal(headers.get('location'), `${IMPORTS}/${body.id}`);
      assert.deepEqual(
        [body.status, body.phase, body.fileName, body.fileSize, body.adminId, body.dryRun, body.settings.onDuplicate],
        ['PENDING', 'uploaded', 'März.csv', Buffer.byteLength(content), 'alice', false, 'skip'],
      );
      const shown = await api.call('GET', headers.get('location') ?? '');
      assert.deepEqual(shown.body, body);
    });

    it('of the same file ten times at once is one import', async () => {
      const content = csv();
      const before = await count();
      const answers = await Promise.all(Array.from({ length: 10 }, () => api.upload(IMPORT, { content })));
      assert.deepEqual(new Set(answers.map((a) => a.status)), new Set([202]));
      assert.equal(new Set(answers.map((a) => a.body.id)).size, 1);
      assert.equal(await count(), before + 1);
    });

    it('of the same file with other settings, or as a check, is another import', async () => {
      const content = csv();
      const ids = [
        (await api.upload(IMPORT, { content })).body.id,
        (await api.upload(IMPORT, { content, settings: { onDuplicate: 'update' } })).body.id,
        (await api.upload(VALIDATE, { content })).body.id,
      ];
      assert.equal(new Set(ids).size, 3);
    });

    it('with the same Idempotency-Key is the same import, also after its end; with another file it is refused', async () => {
      const content = csv();
      const headers = { 'Idempotency-Key': 'monday 07:00' };
      const first = await api.upload(IMPORT, { content }, headers);
      await cancelImport(api.db, first.body.id, ACTOR);
      const again = await api.upload(IMPORT, { content }, headers);
      assert.deepEqual([again.status, again.body.id, again.body.status], [202, first.body.id, 'CANCELLED']);
      assert.deepEqual(refusedWith(await api.upload(IMPORT, { content: csv() }, headers)), [
        422,
        'IDEMPOTENCY_KEY_REUSED',
      ]);
      const bad = await api.upload(IMPORT, { content }, { 'Idempotency-Key': 'x'.repeat(300) });
      assert.deepEqual(refusedWith(bad), [400, 'INVALID_REQUEST']);
    });

    it('of a file that a completed import brought in is 409 with that import, unless it is allowed', async () => {
      const content = csv();
      const { id } = (await api.upload(IMPORT, { content })).body;
      const { finish } = await writeRows(api.db, id, { header: HEADER.split(','), rows: [{ cells: ['a'] }] });
      await finish();
      const again = await api.upload(IMPORT, { content });
      assert.deepEqual([...refusedWith(again), again.body.importId], [409, 'DUPLICATE_FILE', id]);
      const allowed = await api.upload(IMPORT, { content, settings: { allowSameFile: true } });
      assert.equal(allowed.status, 202);
      assert.notEqual(allowed.body.id, id);
    });

    for (const [what, content, code, status] of [
      ['an empty file', '', 'EMPTY_FILE', 422],
      ['a header without rows', `${HEADER}\n`, 'NO_DATA_ROWS', 422],
      ['a web page', '<!DOCTYPE html><html><body>x</body></html>', 'UNSUPPORTED_FILE_TYPE', 415],
      ['a picture', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'), 'UNSUPPORTED_FILE_TYPE', 415],
      ['a required column missing', 'customer_name,dealer_code\nAda,DLR001\n', 'MISSING_COLUMNS', 422],
      ['two columns for one field', `${HEADER},customer name\n${line(1)},Ada\n`, 'AMBIGUOUS_HEADERS', 422],
      ['a quote that never closes', `${HEADER}\n${line(1)}\n"X-2,Ada\n${line(3)}\n`, 'UNCLOSED_QUOTE', 422],
      ['more than the limit', `${HEADER}\n${'x'.repeat(200_001)}\n`, 'FILE_TOO_LARGE', 413],
    ] as const)
      it(`with ${what} is ${status} ${code}, and nothing is stored`, async () => {
        const before = await count();
        for (const path of [IMPORT, VALIDATE])
          assert.deepEqual(refusedWith(await api.upload(path, { content })), [status, code]);
        assert.equal(await count(), before);
      });

    it('without a file, or with settings that are not right, is 400', async () => {
      const authorization = `Bearer ${await api.token()}`;
      const form = new FormData();
      form.append('settings', '{}');
      const none = await fetch(`${api.url}${IMPORT}`, { method: 'POST', headers: { authorization }, body: form });
      assert.equal(((await none.json()) as { code: string }).code, 'NO_FILE');
      const settings = { onDuplicate: 'overwrite', colour: 'red' };
      const bad = await api.upload(IMPORT, { content: csv(), settings });
      assert.deepEqual(refusedWith(bad), [400, 'INVALID_SETTINGS']);
      assert.deepEqual(bad.body.errors.map((e: { pointer: string }) => e.pointer).sort(), ['/colour', '/onDuplicate']);
    });
  });

  describe('a preview', () => {
    const preview = (content: string | Uint8Array, settings?: unknown) =>
      api.upload('/api/admin/bookings/preview', { content, settings });

    it('takes null for no settings, as the document tells', async () => {
      const { status, body } = await preview(csv(), null);
      assert.deepEqual([status, body.missingRequired], [200, []]);
      const document = (await api.call('GET', '/openapi.json')).body;
      const { content } = document.paths['/api/admin/bookings/preview'].post.requestBody;
      const { settings } = content['multipart/form-data'].schema.properties;
      assert.deepEqual(settings, { anyOf: [{ $ref: '#/components/schemas/ImportSettings' }, { type: 'null' }] });
    });

    it('shows what the file is, where its columns go and its first 100 rows as text, and keeps nothing', async () => {
      const before = await count();
      const content = `${HEADER.replaceAll(',', ';')};Farbe\n${Array.from({ length: 150 }, (_, i) => `${line(i + 1).replaceAll(',', ';')};rot`).join('\n')}\n`;
      const { status, body } = await preview(content);
      assert.equal(status, 200);
      assert.deepEqual(
        [body.type, body.delimiter, body.sheet, body.sheets, body.totalRows],
        ['csv', ';', null, [], 150],
      );
      assert.match(body.encoding, /utf-?8/i);
      assert.deepEqual(body.missingRequired, []);
      assert.deepEqual(
        body.headers.map((h: { name: string; field: string | null }) => [h.name, h.field]),
        [...HEADER.split(',').map((name) => [name, name]), ['Farbe', null]],
      );
      assert.equal(body.rows.length, 100);
      assert.deepEqual(body.rows[0], [...line(1).split(','), 'rot']);
      assert.equal(await count(), before);
    });

    it('of a header without rows is 200 with no rows', async () => {
      const { status, body } = await preview(`${HEADER}\n`);
      assert.deepEqual([status, body.rows, body.totalRows, body.headers.length], [200, [], 0, 5]);
    });

    it('names the required columns that are missing, and is no refusal', async () => {
      const { status, body } = await preview('customer_name,dealer_code\nAda,DLR001\n');
      assert.deepEqual([status, body.missingRequired], [200, ['booking_date']]);
    });

    it('shows a column that the settings map', async () => {
      const { body } = await preview(`Kunde,${HEADER}\nAda,${line(1)}\n`, {
        mapping: { Kunde: 'notes', customer_phone: null },
      });
      const fields = Object.fromEntries(
        body.headers.map((h: { name: string; field: string | null }) => [h.name, h.field]),
      );
      assert.deepEqual([fields.Kunde, fields.customer_phone, fields.customer_name], ['notes', null, 'customer_name']);
    });

    it('proposes the date formats that a file may mean, and picks none', async () => {
      const { body } = await preview(`${HEADER}\nX,Ada Lovelace,,DLR001,03/04/2027\n`);
      assert.deepEqual(body.dateFormats.map((f: { format: string }) => f.format).sort(), ['DD/MM/YYYY', 'MM/DD/YYYY']);
    });

    it('of an empty file is refused, and of rubbish, too', async () => {
      assert.deepEqual(refusedWith(await preview('')), [422, 'EMPTY_FILE']);
      assert.deepEqual(refusedWith(await preview(Buffer.from('89504e470d0a1a0a', 'hex'))), [
        415,
        'UNSUPPORTED_FILE_TYPE',
      ]);
    });
  });

  describe('a check', () => {
    it('is an import that writes nothing', async () => {
      const { status, body } = await api.upload(VALIDATE, { content: csv() });
      assert.deepEqual([status, body.dryRun], [202, true]);
    });

    it('that the caller waits for is 200 with the report as soon as it has ended', async () => {
      const content = csv();
      const key = { 'Idempotency-Key': 'waited for' };
      const waiting = api.upload(VALIDATE, { content }, { Prefer: 'respond-async, wait=30', ...key });
      const { id } = (await api.upload(VALIDATE, { content }, key)).body;
      await cancelImport(api.db, id, ACTOR);
      const { status, headers, body } = await waiting;
      assert.deepEqual([status, body.id, body.status], [200, id, 'CANCELLED']);
      assert.equal(headers.get('preference-applied'), 'wait=30');
    });

    it('that is not done in time is 202', async () => {
      const { status, headers, body } = await api.upload(VALIDATE, { content: csv() }, { Prefer: 'wait=1' });
      assert.deepEqual([status, body.status, headers.get('location')], [202, 'PENDING', `${IMPORTS}/${body.id}`]);
    });
  });

  describe('a command', () => {
    it('to cancel works with no worker and no Temporal, and a second one is 409 with what is allowed', async () => {
      const id = await started();
      const { status, body } = await api.call('DELETE', `${IMPORTS}/${id}`);
      assert.deepEqual([status, body.id, body.status, body.phase], [200, id, 'CANCELLED', 'done']);
      const again = await api.call('DELETE', `${IMPORTS}/${id}`);
      assert.deepEqual([...refusedWith(again), again.body.allowed], [409, 'IMPORT_ENDED', ['retry', 'undo']]);
    });

    it('to cancel, ten times at once, succeeds once', async () => {
      const id = await started();
      const answers = await Promise.all(Array.from({ length: 10 }, () => api.call('DELETE', `${IMPORTS}/${id}`)));
      assert.deepEqual(answers.map((a) => a.status).sort(), [200, ...Array(9).fill(409)]);
    });

    it('to retry is refused while it runs, opens a new round after a cancel, and is refused when all is written', async () => {
      const id = await started();
      const running = await api.call('POST', `${IMPORTS}/${id}/retry`);
      assert.deepEqual([...refusedWith(running), running.body.allowed], [409, 'IMPORT_RUNNING', ['pause', 'cancel']]);
      await api.call('DELETE', `${IMPORTS}/${id}`);
      const { status, headers, body } = await api.call('POST', `${IMPORTS}/${id}/retry`);
      assert.deepEqual([status, body.status, body.workflowId], [202, 'PENDING', `import-${id}-2`]);
      assert.equal(headers.get('location'), `${IMPORTS}/${id}`);
      const whole = await started();
      const { finish } = await writeRows(api.db, whole, { header: ['a'], rows: [{ cells: ['a'] }] });
      await finish();
      const nothing = await api.call('POST', `${IMPORTS}/${whole}/retry`);
      assert.deepEqual([...refusedWith(nothing), nothing.body.allowed], [409, 'NOTHING_TO_RETRY', ['undo']]);
    });

    it('to retry is refused while the same file is imported anew, and says as what', async () => {
      const content = 'customer_name,dealer_code,booking_date\nAsha Rao,DLR001,2027-03-04\nBen,DLR001,2027-03-05\n';
      const first = await api.upload(IMPORT, { content });
      await api.call('DELETE', `${IMPORTS}/${first.body.id}`);
      const anew = await api.upload(IMPORT, { content });
      const refused = await api.call('POST', `${IMPORTS}/${first.body.id}/retry`);
      assert.deepEqual([...refusedWith(refused), refused.body.importId], [409, 'IMPORT_RUNNING', anew.body.id]);
      await api.call('DELETE', `${IMPORTS}/${anew.body.id}`);
      const both = [first, anew].map(({ body }) => api.call('POST', `${IMPORTS}/${body.id}/retry`));
      assert.deepEqual((await Promise.all(both)).map(({ status }) => status).sort(), [202, 409]);
    });

    it('to pause or resume says 503 when Temporal is away, and 409 after the end', async () => {
      const id = await started();
      for (const command of ['pause', 'resume']) {
        const away = await api.call('POST', `${IMPORTS}/${id}/${command}`);
        assert.deepEqual(refusedWith(away), [503, 'TEMPORAL_UNAVAILABLE']);
        assert.ok(away.headers.get('retry-after'));
      }
      await api.call('DELETE', `${IMPORTS}/${id}`);
      for (const command of ['pause', 'resume'])
        assert.deepEqual(refusedWith(await api.call('POST', `${IMPORTS}/${id}/${command}`)), [409, 'IMPORT_ENDED']);
    });

    it('for an import that is not there is 404, whatever its id looks like', async () => {
      for (const id of ['01ARZ3NDEKTSV4RRFFQ69G5FAV', '%00', 'x'.repeat(200), "';drop table bookings;--", '..%2f..'])
        for (const [method, path] of [
          ['GET', ''],
          ['GET', '/rows'],
          ['GET', '/errors'],
          ['GET', '/progress'],
          ['DELETE', ''],
          ['POST', '/retry'],
          ['POST', '/pause'],
        ] as const) {
          const answered = await api.call(method, `${IMPORTS}/${id}${path}`);
          assert.deepEqual(refusedWith(answered), [404, 'IMPORT_NOT_FOUND'], `${method} ${id}${path}`);
        }
    });
  });

  describe('the history', () => {
    it('is newest first and pages without skipping or repeating while imports are added', async () => {
      const ids = [await started(), await started(), await started()];
      const first = await api.call('GET', `${IMPORTS}?limit=2`);
      assert.deepEqual(
        first.body.items.map((i: { id: string }) => i.id),
        [ids[2], ids[1]],
      );
      await started();
      const second = await api.call('GET', `${IMPORTS}?limit=2&cursor=${first.body.nextCursor}`);
      assert.equal(second.body.items[0].id, ids[0]);
    });

    it('is filtered by status, admin, kind, time and name', async () => {
      const id = await started();
      await api.call('DELETE', `${IMPORTS}/${id}`);
      const bob = { authorization: `Bearer ${await api.token({ sub: 'bob' })}` };
      const ofBob = (await api.upload(VALIDATE, { content: csv(), name: 'Bobs Datei.csv' }, bob)).body.id;
      const found = async (query: string) =>
        (await api.call('GET', `${IMPORTS}?limit=200&${query}`)).body.items.map((i: { id: string }) => i.id);
      assert.ok((await found('status=CANCELLED')).includes(id));
      assert.ok(!(await found('status=PENDING')).includes(id));
      assert.deepEqual(await found('adminId=bob'), [ofBob]);
      assert.deepEqual(await found('adminId=bob&dryRun=false'), []);
      assert.deepEqual(await found('text=BOBS'), [ofBob]);
      assert.deepEqual(await found('to=2020-01-01'), []);
      assert.ok((await found('from=2020-01-01T00:00:00%2B02:00')).includes(id));
    });

    it('refuses what it does not know: a limit, a cursor, a status, a date, a name', async () => {
      for (const [query, pointer] of [
        ['limit=1000', '/limit'],
        ['cursor=bm90IGFuIGlkIQ', '/cursor'],
        ['status=DONE', '/status'],
        ['from=2027-02-30', '/from'],
        ['to=yesterday', '/to'],
        ['dryRun=maybe', '/dryRun'],
        ['sort=name', '/sort'],
      ]) {
        const answered = await api.call('GET', `${IMPORTS}?${query}`);
        assert.deepEqual(refusedWith(answered), [400, 'INVALID_REQUEST'], query);
        assert.deepEqual(
          answered.body.errors.map((e: { pointer: string }) => e.pointer),
          [pointer],
          query,
        );
      }
    });
  });

  describe('the rows of an import', () => {
    it('are listed with their fate, filtered by it, and paged', async () => {
      const id = await started();
      const fault = { type: 'DATE', field: 'booking_date', message: 'no such day' } as const;
      const rows = [{ cells: ['a'] }, { cells: ['b'], faults: [fault] }, { cells: ['c'] }];
      const { finish } = await writeRows(api.db, id, { header: ['a'], rows });
      await finish();
      const all = await api.call('GET', `${IMPORTS}/${id}/rows`);
      assert.deepEqual(
        all.body.items.map((r: { row: number; outcome: string }) => [r.row, r.outcome]),
        [
          [1, 'created'],
          [2, 'failed'],
          [3, 'created'],
        ],
      );
      assert.deepEqual(all.body.items[1].errors, [fault]);
      const failed = await api.call('GET', `${IMPORTS}/${id}/rows?status=failed`);
      assert.deepEqual(
        failed.body.items.map((r: { row: number }) => r.row),
        [2],
      );
      const first = await api.call('GET', `${IMPORTS}/${id}/rows?limit=2`);
      const rest = await api.call('GET', `${IMPORTS}/${id}/rows?limit=2&cursor=${first.body.nextCursor}`);
      assert.deepEqual([rest.body.items[0].row, rest.body.nextCursor], [3, null]);
      for (const query of ['status=wrong', 'cursor=YWJj', 'limit=-1'])
        assert.equal((await api.call('GET', `${IMPORTS}/${id}/rows?${query}`)).status, 400, query);
    });

    it('add up: the import counts what the list shows', async () => {
      const id = await started();
      const fault = { type: 'PHONE', field: 'customer_phone', message: 'no' } as const;
      const rows = Array.from({ length: 20 }, (_, i) =>
        i % 4 === 0 ? { cells: ['x'], faults: [fault] } : { cells: ['x'] },
      );
      const { finish } = await writeRows(api.db, id, { header: ['a'], rows });
      await finish();
      const { body } = await api.call('GET', `${IMPORTS}/${id}`);
      const listed = await api.call('GET', `${IMPORTS}/${id}/rows?limit=200&status=failed`);
      assert.deepEqual([body.totalRows, body.processedRows, body.failedRows], [20, 20, listed.body.items.length]);
      assert.equal(body.errorSummary.byType.PHONE, 5);
    });
  });
});
