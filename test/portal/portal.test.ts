import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { parse } from 'csv-parse/sync';
import type { Browser } from 'playwright-core';
import { buildPortal } from '../../src/embedded/build-portal.ts';
import { projectRoot } from '../../src/embedded/project-root.ts';
import { launchChromium } from '../support/chromium.ts';
import { csvFile } from '../support/csv-file.ts';
import { call, getImport, untilEnded, upload } from '../support/rest.ts';
import { type Stack, withStack } from '../support/stack.ts';
import { openPage, type PortalPage } from './portal-page.ts';

const VALID = 'fixtures/sample_valid_bookings.csv';

describe('the portal, in a real Chromium on the real stack', function () {
  this.timeout(120_000);
  let stack: Stack;
  let browser: Browser;
  let portal: PortalPage;

  before(async () => {
    await buildPortal({ root: projectRoot(), env: process.env, report: () => {} });
    stack = await withStack();
    browser = await launchChromium();
  });
  after(async () => {
    await browser?.close();
    await stack?.close();
  });
  beforeEach(async () => {
    portal = await openPage(browser, stack.portalUrl);
  });
  afterEach(async () => {
    await portal.close();
    assert.deepEqual(portal.faults, []);
  });

  it('is signed in by the printed link, and the token leaves the address bar', async () => {
    await portal.page.getByText('alice', { exact: true }).waitFor();
    assert.equal(portal.page.url(), `${stack.apiUrl}/portal/`);
    await portal.page.reload();
    await portal.page.getByRole('heading', { name: 'Import bookings' }).waitFor();
  });

  it('is built without a script or a style inside its page', async () => {
    const html = await (await fetch(`${stack.apiUrl}/portal/`)).text();
    assert.match(html, /<script [^>]*src="\/portal\/assets\//);
    assert.doesNotMatch(html, /<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=|javascript:/i);
  });

  it('is kept by its policy from running or showing what somebody slips into the page', async () => {
    await portal.page.evaluate(
      `document.body.append(Object.assign(document.createElement('script'), { text: 'window.ran = 1' }))`,
    );
    await portal.page.evaluate(
      `document.body.insertAdjacentHTML('beforeend', '<img src="https://example.com/x.png" style="width:1px">')`,
    );
    assert.equal(await portal.page.evaluate('window.ran'), undefined);
    // The page's own tests hold their console to be without a fault, so this shows that they would see one.
    const seen = portal.faults.splice(0).join('\n');
    for (const directive of [/inline script/, /inline style/, /img-src/]) assert.match(seen, directive);
  });

  it('shows what is in a file, imports it, and counts its rows to the end of the bar', async () => {
    const rows = parse(await readFile(VALID)).length - 1;
    await portal.choose(VALID);
    await portal.page.getByText(`${rows} rows · CSV · UTF-8 · comma separated`).waitFor();
    assert.equal(await portal.page.locator('table.preview tbody tr').count(), Math.min(rows, 100));

    await portal.startImport();

    await portal.untilDone();
    assert.equal(await portal.page.getByRole('progressbar').getAttribute('aria-valuenow'), '100');
    assert.equal(await portal.count('Created'), String(rows));
    assert.equal(await portal.count('Failed'), '0');
    const row = portal.historyRow('sample_valid_bookings.csv');
    await row.getByText('Completed').waitFor();
  });

  it('gives the failed rows of an import as a CSV and as words, and keeps the import in the history', async () => {
    const bad = csvFile(30, (row, n) => (n % 10 === 0 ? row.with(2, '12345').with(4, 'NOWHERE') : row), 'bad');
    await portal.choose({ name: 'some bad rows.csv', text: bad });
    await portal.startImport();
    await portal.untilDone();
    assert.equal(await portal.count('Created'), '27');
    assert.equal(await portal.count('Failed'), '3');
    await portal.page.getByRole('listitem').filter({ hasText: 'Not a valid phone number' }).getByText('3').waitFor();
    await portal.page.getByText('Row 10', { exact: true }).waitFor();

    const { name, text } = await portal.download('Download the failed rows');

    assert.equal(name, 'some bad rows-errors.csv');
    const lines = text.trimEnd().split('\r\n');
    assert.equal(lines.length, 4);
    assert.match(lines[0] ?? '', /^\uFEFFexternal_id,.*,import_id,import_row,import_error_type/);
    assert.match(lines[1] ?? '', /^bad-000010,.*,10,"PHONE; UNKNOWN_DEALER","customer_phone; dealer_code",/);
    const row = portal.historyRow('some bad rows.csv');
    await row.getByText('Done with faults').waitFor();
  });

  it('names the earlier import of a file that comes again, and imports it anyway when told to', async () => {
    const text = csvFile(5, undefined, 'again');
    const earlier = await upload(stack, text);
    await untilEnded(stack, earlier.id);
    await portal.choose({ name: 'again.csv', text });
    await portal.startImport();
    const link = portal.page.getByRole('link', { name: 'Open the earlier import' });
    assert.equal(await link.getAttribute('href'), `#/imports/${earlier.id}`);
    portal.expectRefusal(409);

    await portal.page.getByRole('button', { name: 'Import anyway' }).click();

    await portal.untilDone();
    assert.equal(await portal.count('Skipped'), '5');
  });

  it('checks a file without writing, and imports it from the result of the check', async () => {
    await portal.choose({ name: 'checked.csv', text: csvFile(4, undefined, 'check') });
    await portal.page.getByRole('button', { name: 'Check only' }).click();
    await portal.page.getByText('No faults: all 4 rows can be imported. Nothing was written.').waitFor();
    assert.deepEqual(await stack.store.rows(`select from bookings where external_id like 'check-%'`), []);

    await portal.page.getByRole('button', { name: 'Import the file now' }).click();

    await portal.page.getByText('4 bookings created.').waitFor();
  });

  it('asks for the column of a required field and imports once it is chosen', async () => {
    const text = csvFile(3, undefined, 'map').replace('customer_name', 'who it is for');
    await portal.choose({ name: 'unmapped.csv', text });
    await portal.page.getByText('A required column is missing.').waitFor();
    assert.ok(await portal.page.getByRole('button', { name: 'Import', exact: true }).isDisabled());

    await portal.page.getByLabel('who it is for').selectOption({ label: 'Customer name *' });

    await portal.startImport();
    await portal.page.getByText('3 bookings created.').waitFor();
  });

  it('asks how dates like 03/04/2027 are written and imports them as chosen', async () => {
    const text = csvFile(2, (row) => row.with(5, '03/04/2027'), 'date');
    await portal.choose({ name: 'dates.csv', text });
    await portal.page.getByText('The dates of this file need a format.').waitFor();

    await portal.page.getByLabel('Dates are written as').selectOption({ label: 'MM/DD/YYYY: 4 Mar 2027' });

    await portal.startImport();
    await portal.page.getByText('2 bookings created.').waitFor();
    const dates = await stack.store.rows(`select distinct booking_date from bookings where external_id like 'date-%'`);
    assert.deepEqual(dates, [{ booking_date: new Date('2027-03-04T00:00:00Z') }]);
  });

  it('retries the failed rows once their dealer is there, and counts them as created', async () => {
    const text = csvFile(6, (row, n) => (n > 4 ? row.with(4, 'LATER1') : row), 'retry');
    await portal.choose({ name: 'retried.csv', text });
    await portal.startImport();
    await portal.page.getByText('4 bookings created, 2 rows failed.').waitFor();
    const dealer = { dealerCode: 'LATER1', dealerName: 'Opened later' };
    assert.equal((await call(stack, 'POST', '/api/admin/dealers', dealer)).status, 201);

    await portal.page.getByRole('button', { name: 'Retry the failed rows' }).click();

    await portal.page.getByText('6 bookings created.').waitFor();
    assert.equal(await portal.count('Failed'), '0');
  });

  it('shows what a cell holds and runs none of it', async () => {
    const name = `<img src=x onerror="throw Error('ran')"><script>throw Error('ran')</script>`;
    const text = csvFile(1, (row) => row.with(1, `"${name.replaceAll('"', '""')}"`).with(2, '12'), 'html');
    await portal.choose({ name: '<b>bold<b>.csv', text });
    await portal.page.getByRole('cell', { name }).waitFor();
    await portal.startImport();
    await portal.untilDone();
    await portal.historyRow('<b>bold<b>.csv').waitFor();
  });

  it('follows an import by asking when the event stream does not get through', async () => {
    await portal.page.route('**/progress', (route) =>
      route.fulfill({ status: 200, contentType: 'text/event-stream', body: '' }),
    );
    await portal.choose({ name: 'polled.csv', text: csvFile(20, undefined, 'poll') });
    await portal.startImport();
    await portal.untilDone();
    assert.equal(await portal.count('Created'), '20');
  });

  it('cancels after a confirmation, even with no worker alive', async () => {
    await stack.worker?.kill();
    await portal.choose({ name: 'cancelled.csv', text: csvFile(20, undefined, 'cancel') });
    await portal.startImport();
    await portal.page.getByRole('button', { name: 'Cancel', exact: true }).click();
    await portal.page.getByRole('dialog').getByRole('button', { name: 'Go on importing' }).click();
    await portal.page.getByRole('button', { name: 'Cancel', exact: true }).click();

    await portal.page.getByRole('dialog').getByRole('button', { name: 'Cancel the import' }).click();

    await portal.page.getByText('The import was cancelled.').waitFor();
    assert.equal((await getImport(stack, portal.openImport())).status, 'CANCELLED');
    stack.worker = await stack.startWorker();
  });

  it('says where in line an import stands, and follows it when its turn comes', async () => {
    await stack.worker?.kill();
    for (const n of [1, 2, 3, 4]) await upload(stack, csvFile(1, undefined, `ahead${n}`));
    await portal.choose({ name: 'waits.csv', text: csvFile(20, undefined, 'waits') });
    await portal.startImport();
    await portal.page.locator('.progress').getByText('Waiting, 1st in line').first().waitFor();
    await portal.historyRow('waits.csv').getByText('Waiting, 1st in line').waitFor();

    stack.worker = await stack.startWorker();

    await portal.untilDone();
    assert.equal(await portal.count('Created'), '20');
  });

  it('refuses a wrong token with the reason and takes a right one', async () => {
    await portal.page.getByRole('button', { name: 'Sign out' }).click();
    await portal.page.getByLabel('Token').fill('no.real.token');
    await portal.page.getByRole('button', { name: 'Sign in' }).click();
    await portal.page.getByRole('alert').filter({ hasText: /token/i }).waitFor();
    portal.expectRefusal(401);

    await portal.page.getByLabel('Token').fill(`Bearer ${stack.adminToken}`);
    await portal.page.getByRole('button', { name: 'Sign in' }).click();

    await portal.page.getByRole('heading', { name: 'Import bookings' }).waitFor();
  });

  it('fits the width of a phone', async () => {
    await portal.page.setViewportSize({ width: 390, height: 844 });
    await portal.choose({ name: 'phone.csv', text: csvFile(120, undefined, 'phone') });
    await portal.page.locator('table.preview').waitFor();
    const beyond = await portal.page.evaluate('document.documentElement.scrollWidth - innerWidth');
    assert.ok(Number(beyond) <= 0, `${beyond} pixels too wide`);
  });
});
