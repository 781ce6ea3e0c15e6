import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeJwt, decodeProtectedHeader, importJWK, jwtVerify } from 'jose';
import { loadConfig } from '../src/config.ts';
import { loadLocalKeys, signToken } from '../src/local-keys.ts';

describe('the local key pair', () => {
  const { auth } = loadConfig({});
  let dataDir: string;
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'booking-import-keys-'));
  });
  afterEach(() => rm(dataDir, { recursive: true, force: true }));

  it('is the same for all who ask for it first at the same moment', async () => {
    const keys = await Promise.all(Array.from({ length: 10 }, () => loadLocalKeys(dataDir)));
    assert.equal(new Set(keys.map(({ publicJwk }) => publicJwk.kid)).size, 1);
    assert.deepEqual(await readdir(join(dataDir, 'keys')), ['signing-key.json']);
  });

  it('is readable by its owner alone, and its public half holds no secret', async () => {
    const { publicJwk } = await loadLocalKeys(dataDir);
    assert.equal((await stat(join(dataDir, 'keys', 'signing-key.json'))).mode & 0o077, 0);
    assert.deepEqual(Object.keys(publicJwk).sort(), ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
  });

  it('signs tokens that its public half verifies, with subject, role, dealers and an end', async () => {
    const claims = { sub: 'alice', role: 'advisor', dealers: ['DLR001'], ttl: '2h' } as const;
    const token = await signToken({ dataDir, auth }, { ...claims, dealers: [...claims.dealers] });
    const { publicJwk } = await loadLocalKeys(dataDir);
    const rules = { issuer: auth.issuer, audience: auth.audience, algorithms: ['ES256'] };
    const { payload } = await jwtVerify(token, await importJWK(publicJwk), rules);
    assert.equal(payload.sub, 'alice');
    assert.equal(payload.role, 'advisor');
    assert.deepEqual(payload.dealers, ['DLR001']);
    assert.equal((payload.exp ?? 0) - (payload.iat ?? 0), 7200);
    assert.equal(decodeProtectedHeader(token).kid, publicJwk.kid);
  });

  it('leaves a token without dealers unlimited', async () => {
    assert.ok(!('dealers' in decodeJwt(await signToken({ dataDir, auth }, { sub: 'a', role: 'admin' }))));
  });

  it('signs nothing where an issuer is configured, since nobody would accept it', async () => {
    const given = { AUTH_ISSUER: 'https://id.example', AUTH_AUDIENCE: 'b', AUTH_JWKS_URL: 'https://id.example/keys' };
    const refused = signToken({ dataDir, auth: loadConfig(given).auth }, { sub: 'a', role: 'admin' });
    await assert.rejects(refused, /tokens come from https:\/\/id\.example/);
  });
});
