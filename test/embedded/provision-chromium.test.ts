import assert from 'node:assert/strict';
import { provisionChromium } from '../../src/embedded/provision-chromium.ts';
import { createFakeMachine, type FakeMachine } from './fake-programs.ts';

describe('the browser', () => {
  let machine: FakeMachine;
  beforeEach(async () => {
    machine = await createFakeMachine();
  });
  afterEach(() => machine.remove());

  it('is what CHROME_PATH names, before an installed one', async () => {
    await machine.install('chromium', '');
    const named = await machine.install('my-chrome', '');
    machine.given.env.CHROME_PATH = named;
    assert.equal(await provisionChromium(machine.given), named);
  });

  it('is an installed Chrome when there is no Chromium', async () => {
    const chrome = await machine.install('google-chrome', '');
    assert.equal(await provisionChromium(machine.given), chrome);
  });

  it('fails with the reasons and the remedy where it cannot be installed', async () => {
    await assert.rejects(provisionChromium(machine.given), /no `apt-get` here\nInstall Chromium or Chrome/);
  });

  it('is installed from Debian by root, after fetching the lists when the package is not known', async () => {
    // Only root may install packages; for everybody else the rule itself is what is tested.
    const isRoot = process.getuid?.() === 0;
    const bin = `${machine.directory}/bin`;
    await machine.install(
      'apt-get',
      `case "$*" in *update*) echo > '${bin}/known';; *) [ -f '${bin}/known' ] || exit 100
      echo '#!/bin/sh' > '${bin}/chromium'; /bin/chmod +x '${bin}/chromium';; esac`,
    );
    const provisioned = provisionChromium(machine.given);
    if (isRoot) assert.equal(await provisioned, `${bin}/chromium`);
    else await assert.rejects(provisioned, /only root may install it/);
  });
});
