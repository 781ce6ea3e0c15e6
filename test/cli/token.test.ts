import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { decodeJwt } from 'jose';

const run = promisify(execFile);

describe('npm run token', () => {
  let dataDir: string;
  const token = (...args: string[]) =>
    run(process.execPath, ['--import', 'tsx', 'src/cli/token.ts', ...args], {
      env: { ...process.env, DATA_DIR: dataDir },
    });
  before(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'booking-import-token-'));
  });
  after(() => rm(dataDir, { recursive: true, force: true }));

  it('prints the token and nothing else', async () => {
    const order = ['--role', 'admin', '--sub', 'alice', '--dealers', 'DLR001, DLR002', '--ttl', '1h'];
    const { stdout, stderr } = await token(...order);
    assert.match(stdout, /^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    assert.equal(stderr, '');
    const { sub, role, dealers, iat = 0, exp = 0 } = decodeJwt(stdout.trim());
    assert.deepEqual({ sub, role, dealers }, { sub: 'alice', role: 'admin', dealers: ['DLR001', 'DLR002'] });
    assert.equal(exp - iat, 3600);
  });

  it('says how it is used when the role is not one of the two, or a dealer has no code', async () => {
    for (const order of [
      ['--role', 'root', '--sub', 'alice'],
      ['--role', 'admin', '--sub', 'alice', '--dealers', ''],
    ])
      await assert.rejects(token(...order), (error: Error & { code: number; stderr: string }) => {
        assert.equal(error.code, 2);
        assert.match(error.stderr, /^usage: npm run token/);
        return true;
      });
  });
});
