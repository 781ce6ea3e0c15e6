import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tryLock, withLock } from '../../src/embedded/file-lock.ts';
import { identify } from '../../src/embedded/process-identity.ts';

describe('a lock between processes', () => {
  let directory: string;
  let path: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'booking-import-lock-'));
    path = join(directory, 'deep', 'lock');
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  it('names its holder to whoever comes second', async () => {
    assert.ok('release' in (await tryLock(path)));
    assert.deepEqual(await tryLock(path), { heldBy: process.pid });
  });

  it('is free again once it is released', async () => {
    const lock = await tryLock(path);
    assert.ok('release' in lock);
    await lock.release();
    assert.ok('release' in (await tryLock(path)));
  });

  it('is free when its holder is gone, though another process has the same pid by now', async () => {
    const lock = await tryLock(path);
    assert.ok('release' in lock);
    const later = (await identify(process.pid))?.replace(/^(\d+) (\d+)/, '$1 1');
    assert.notEqual(later, await identify(process.pid));
    await writeFile(path, later ?? '');
    assert.ok('release' in (await tryLock(path)));
  });

  it('is taken over by exactly one of many who find it stale', async () => {
    assert.ok('release' in (await tryLock(path)));
    await writeFile(path, '999999999 1 never');
    const results = await Promise.all(Array.from({ length: 20 }, () => tryLock(path)));
    assert.equal(results.filter((result) => 'release' in result).length, 1);
  });

  it('lets the work of one after the other through', async () => {
    let inside = 0;
    let most = 0;
    const work = async () => {
      inside += 1;
      most = Math.max(most, inside);
      await new Promise((done) => setImmediate(done));
      inside -= 1;
    };
    await Promise.all([1, 2, 3].map(() => withLock(path, () => undefined, work)));
    assert.equal(most, 1);
  });
});
