import assert from 'node:assert/strict';
import { join } from 'node:path';
import { provisionSchemathesis } from '../../src/embedded/provision-schemathesis.ts';
import { createFakeMachine, type FakeMachine } from './fake-programs.ts';

/** `python3 -m venv --clear DIRECTORY` leaves a pip that does as `pip` says. */
const python = (pip: string) =>
  `/bin/mkdir -p "$4/bin"; printf '#!/bin/sh\\n${pip}\\n' > "$4/bin/pip"; /bin/chmod +x "$4/bin/pip"`;

describe('Schemathesis', () => {
  let machine: FakeMachine;
  beforeEach(async () => {
    machine = await createFakeMachine();
  });
  afterEach(() => machine.remove());

  it('comes from pip into a virtual environment of its own, once', async () => {
    await machine.install('python3', python('exit 0'));
    const path = await provisionSchemathesis(machine.given);
    assert.equal(path, join(machine.given.cache, 'schemathesis-4.32.5', 'bin', 'schemathesis'));
    assert.equal(await provisionSchemathesis(machine.given), path);
    assert.equal(await machine.runs('python3'), 1);
  });

  it('is not taken for installed when pip fails', async () => {
    await machine.install('python3', python('echo ERROR: no matching distribution; exit 1'));
    await assert.rejects(provisionSchemathesis(machine.given), /install -q: ERROR: no matching distribution/);
    await assert.rejects(provisionSchemathesis(machine.given));
    assert.equal(await machine.runs('python3'), 2);
  });

  it('fails with the reason and the remedy on a machine without Python', async () => {
    await assert.rejects(provisionSchemathesis(machine.given), /no `python3` on PATH\n.*apt-get install python3-venv/);
  });
});
