import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { provisionTestServer } from '../../src/embedded/provision-test-server.ts';
import { createFakeMachine, type FakeMachine } from './fake-programs.ts';

describe('the time-skipping server', () => {
  let machine: FakeMachine;
  beforeEach(async () => {
    machine = await createFakeMachine();
  });
  afterEach(() => machine.remove());

  it('comes from Maven when the download fails, once', async () => {
    const java = await machine.install('java', '');
    await machine.install('mvn', '');
    const path = await provisionTestServer(machine.given);
    assert.equal(path, join(machine.given.cache, 'temporal-test-server-1.38.0', 'temporal-test-server'));
    assert.ok((await readFile(path, 'utf8')).includes(`"${java}" -cp`));
    assert.equal(await provisionTestServer(machine.given), path);
    assert.equal(await machine.runs('mvn'), 1);
  });

  it('is not taken for installed when Maven fails', async () => {
    await machine.install('java', '');
    await machine.install('mvn', 'echo "Could not resolve dependencies"; exit 1');
    await assert.rejects(provisionTestServer(machine.given), /Maven: Could not resolve dependencies/);
    await assert.rejects(provisionTestServer(machine.given));
    assert.equal(await machine.runs('mvn'), 2);
  });

  it('fails with the reasons and the remedy on a machine without a JVM', async () => {
    await assert.rejects(provisionTestServer(machine.given), /no `java` on PATH\n.*apt-get install/);
  });
});
