import assert from 'node:assert/strict';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { provisionTemporalCli } from '../../src/embedded/provision-temporal-cli.ts';
import { createFakeMachine, FAKE_GO, type FakeMachine } from './fake-programs.ts';

describe("Temporal's CLI", () => {
  let machine: FakeMachine;
  beforeEach(async () => {
    machine = await createFakeMachine();
  });
  afterEach(() => machine.remove());

  it('is what TEMPORAL_CLI names, even when another one is on PATH', async () => {
    await machine.install('temporal', '');
    const named = await machine.install('my-temporal', '');
    machine.given.env.TEMPORAL_CLI = named;
    assert.equal(await provisionTemporalCli(machine.given), named);
  });

  it('is not replaced silently when TEMPORAL_CLI names nothing', async () => {
    await machine.install('temporal', '');
    machine.given.env.TEMPORAL_CLI = '/nowhere/temporal';
    await assert.rejects(provisionTemporalCli(machine.given), /TEMPORAL_CLI names \/nowhere\/temporal/);
  });

  it('is the one on PATH before any download', async () => {
    const installed = await machine.install('temporal', '');
    assert.equal(await provisionTemporalCli(machine.given), installed);
    assert.deepEqual(machine.lines, []);
  });

  it('is installed by Go when the download fails, kept, and found again without either', async () => {
    await machine.install('go', FAKE_GO);
    const path = await provisionTemporalCli(machine.given);
    assert.equal(path, join(machine.given.cache, 'temporal-cli-1.5.1', 'temporal'));
    assert.ok(machine.lines.some((line) => line.includes('go install github.com/temporalio/cli/cmd/temporal@v1.5.1')));
    machine.lines.length = 0;
    assert.equal(await provisionTemporalCli(machine.given), path);
    assert.deepEqual(machine.lines, []);
    assert.equal(await machine.runs('go'), 1);
  });

  it('is installed once when two processes need it at the same moment', async () => {
    await machine.install('go', FAKE_GO);
    const paths = await Promise.all([provisionTemporalCli(machine.given), provisionTemporalCli(machine.given)]);
    assert.equal(paths[0], paths[1]);
    assert.equal(await machine.runs('go'), 1);
  });

  it('is not taken for installed when the installation breaks off', async () => {
    await machine.install('go', `${FAKE_GO}; echo 'no space left on device' >&2; exit 1`);
    await assert.rejects(provisionTemporalCli(machine.given), /no space left on device/);
    await assert.rejects(access(join(machine.given.cache, 'temporal-cli-1.5.1', 'temporal')));
  });

  it('fails with every reason and the remedy when no way works', async () => {
    await assert.rejects(provisionTemporalCli(machine.given), (error: Error) => {
      for (const part of ['TEMPORAL_CLI is not set', 'no `temporal` on PATH', "SDK's download", 'no `go` on PATH']) {
        assert.ok(error.message.includes(part), `${part} is missing in: ${error.message}`);
      }
      assert.match(error.message, /Install Temporal's CLI/);
      return true;
    });
  });
});
