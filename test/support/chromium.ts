import { type Browser, chromium } from 'playwright-core';
import { provisioning } from '../../src/embedded/provision.ts';
import { provisionChromium } from '../../src/embedded/provision-chromium.ts';

/** A headless Chromium; the caller closes it. */
export async function launchChromium(): Promise<Browser> {
  const executablePath = await provisionChromium(provisioning(process.env));
  // Its sandbox needs user namespaces, which containers and root don't have; the pages are our own.
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}
