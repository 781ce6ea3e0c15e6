import assert from 'node:assert/strict';
import { provisionClamd } from '../../src/embedded/provision-clamd.ts';
import { createFakeMachine, type FakeMachine } from './fake-programs.ts';

describe('clamd', () => {
  let machine: FakeMachine;
  beforeEach(async () => {
    machine = await createFakeMachine();
  });
  afterEach(() => machine.remove());

  it('is what CLAMD_PATH names, before an installed one', async () => {
    const installed = await machine.install('clamd', '');
    assert.equal(await provisionClamd(machine.given), installed);
    const named = await machine.install('my-clamd', '');
    machine.given.env.CLAMD_PATH = named;
    assert.equal(await provisionClamd(machine.given), named);
  });

  it('is not another one when CLAMD_PATH names none', async () => {
    await machine.install('clamd', '');
    machine.given.env.CLAMD_PATH = '/nowhere/clamd';
    await assert.rejects(provisionClamd(machine.given), /CLAMD_PATH names \/nowhere\/clamd/);
  });
});
