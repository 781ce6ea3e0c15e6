import { readFile } from 'node:fs/promises';
import type { Browser, Locator, Page } from 'playwright-core';

export interface PortalPage {
  page: Page;
  /** What the console, the scripts and the content security policy complained of; filled until `close`. */
  faults: string[];
  /** The browser itself logs every answer of 4xx: this one was meant. */
  expectRefusal(status: number): void;
  choose(file: string | { name: string; text: string }): Promise<void>;
  startImport(): Promise<void>;
  untilDone(): Promise<void>;
  /** The number on a tile. */
  count(label: string): Promise<string | null>;
  historyRow(fileName: string): Locator;
  download(button: string): Promise<{ name: string; text: string }>;
  /** The id of the import that is open. */
  openImport(): string;
  close(): Promise<void>;
}

/** The portal in a browser profile of its own. */
export async function openPage(browser: Browser, url: string): Promise<PortalPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  const faults = collectFaults(page);
  await page.goto(url);
  return {
    page,
    faults,
    expectRefusal(status) {
      const index = faults.findIndex((fault) => fault.includes(`status of ${status}`));
      if (index < 0) throw new Error(`nothing was refused with ${status}`);
      faults.splice(index, 1);
    },
    choose: (file) =>
      page
        .locator('input[type=file]')
        .setInputFiles(
          typeof file === 'string' ? file : { name: file.name, mimeType: 'text/csv', buffer: Buffer.from(file.text) },
        ),
    startImport: () => page.getByRole('button', { name: 'Import', exact: true }).click(),
    untilDone: () => page.locator('.outcome').waitFor({ timeout: 60_000 }),
    count: (label) => page.locator('.tile', { hasText: label }).locator('dd').textContent(),
    historyRow: (fileName) => page.locator('table.history tr', { has: page.getByText(fileName, { exact: true }) }),
    async download(button) {
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: button }).click(),
      ]);
      return { name: download.suggestedFilename(), text: await readFile(await download.path(), 'utf8') };
    },
    openImport: () => page.url().split('#/imports/')[1] ?? '',
    close: () => context.close(),
  };
}

function collectFaults(page: Page): string[] {
  const faults: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') faults.push(message.text());
  });
  page.on('pageerror', (error) => faults.push(String(error)));
  return faults;
}
