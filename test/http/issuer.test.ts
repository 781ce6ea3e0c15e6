import assert from 'node:assert/strict';
import { exportJWK, exportSPKI, generateKeyPair, importJWK, type JWK, SignJWT, UnsecuredJWT } from 'jose';
import { pino } from 'pino';
import { createTokenVerifier, type VerifyToken } from '../../src/http/auth.ts';
import { ISSUER_TIMES } from '../../src/http/issuer-keys.ts';
import { tokenRules } from '../../src/http/token-rules.ts';
import { type JwksServer, startJwksServer } from '../support/jwks-server.ts';
import { waitFor } from '../support/wait-for.ts';
import { AUTH, type RunningApi, startApi } from './running-api.ts';

const told: string[] = [];
const log = pino({ level: 'warn' }, { write: (line) => told.push(line) });
const ISSUER = 'https://issuer.example';
type PrivateKey = Parameters<SignJWT['sign']>[0];
interface Pair {
  jwk: JWK;
  privateKey: PrivateKey;
  alg: string;
  kid: string;
}

async function makePair(kid: string, alg = 'RS256'): Promise<Pair> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  return { jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' }, privateKey, alg, kid };
}

/** As the issuer would make it, unless changed. */
const token = ({ privateKey, alg, kid }: Pick<Pair, 'privateKey' | 'alg' | 'kid'>, change = (jwt: SignJWT) => jwt) =>
  change(
    new SignJWT({ role: 'admin', sub: 'alice' })
      .setProtectedHeader({ alg, kid })
      .setIssuer(ISSUER)
      .setAudience('bookings')
      .setExpirationTime('1h'),
  ).sign(privateKey);

describe('an issuer with a JWKS', function () {
  this.timeout(60_000);
  let first: Pair;
  let second: Pair;
  let server: JwksServer;
  before(async () => {
    [first, second] = await Promise.all([makePair('k1'), makePair('k2')]);
  });
  beforeEach(async () => {
    server = await startJwksServer(first.jwk);
  });
  afterEach(() => server.close());

  const verifier = async (times: Partial<typeof ISSUER_TIMES> = {}, url = server.url): Promise<VerifyToken> => {
    const auth = { kind: 'issuer', issuer: ISSUER, audience: 'bookings', jwksUrl: url } as const;
    return createTokenVerifier(await tokenRules({ auth, dataDir: '/nowhere' }, { ...ISSUER_TIMES, ...times }), log);
  };
  const outcome = async (verify: VerifyToken, given: string) => {
    const result = await verify(given);
    return result.ok ? result.value.subject : result.failure.code;
  };

  it('vouches for the tokens that its keys signed, and only those', async () => {
    const verify = await verifier();
    const exp = Math.floor(Date.now() / 1000) + 3600;
    const good = await verify(await token(first, (jwt) => jwt.setExpirationTime(exp)));
    const value = { subject: 'alice', role: 'admin', dealers: [], expiresAt: (exp + 10) * 1000 };
    assert.deepEqual(good, { ok: true, value });
    const forged = { ...first, privateKey: second.privateKey };
    assert.equal(await outcome(verify, await token(forged)), 'UNAUTHENTICATED');
  });

  it('is asked once for all tokens, however many come at once', async () => {
    const verify = await verifier();
    const given = await token(first);
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => outcome(verify, given)));
    assert.deepEqual([new Set(outcomes), server.asked], [new Set(['alice']), 1]);
  });

  it('brings in a new key without a restart', async () => {
    const verify = await verifier({ cooldownMs: 0, pauseMs: 0 });
    const [old, fresh] = [await token(first), await token(second)];
    assert.equal(await outcome(verify, old), 'alice');
    server.keys = [first.jwk, second.jwk];
    assert.deepEqual([await outcome(verify, fresh), await outcome(verify, old)], ['alice', 'alice']);
    assert.equal(server.asked, 2);
  });

  it('takes a key out of use: at once when a new one is looked for, else when the keys are old', async () => {
    const [looking, ageing] = [
      await verifier({ cooldownMs: 0, pauseMs: 0 }),
      await verifier({ cacheMs: 200, pauseMs: 0 }),
    ];
    const old = await token(first);
    for (const verify of [looking, ageing]) assert.equal(await outcome(verify, old), 'alice');
    server.keys = [second.jwk];
    assert.equal(await outcome(looking, await token(second)), 'alice');
    assert.equal(await outcome(looking, old), 'UNAUTHENTICATED');
    await waitFor(async () => (await outcome(ageing, old)) === 'UNAUTHENTICATED', 5_000, 20);
  });

  it('is not flooded by tokens with key ids that nobody knows', async () => {
    const verify = await verifier();
    assert.equal(await outcome(verify, await token(first)), 'alice');
    const strangers = Array.from({ length: 100 }, (_, n) => token({ ...second, kid: `stranger-${n}` }));
    for (const each of await Promise.all(strangers)) assert.equal(await outcome(verify, each), 'UNAUTHENTICATED');
    assert.equal(server.asked, 1);
  });

  it('that fails is not flooded either, answers nobody as refused, and serves again when it is back', async () => {
    const verify = await verifier({ pauseMs: 300 });
    const given = await token(first);
    server.answer = (res) => res.writeHead(500).end('<h1>out of order</h1>');
    for (let n = 0; n < 50; n++) assert.equal(await outcome(verify, given), 'AUTH_UNAVAILABLE');
    assert.ok(server.asked < 5, `asked ${server.asked} times`);
    server.answer = undefined;
    await waitFor(async () => (await outcome(verify, given)) === 'alice', 5_000, 20);
  });

  it('that answers with something else than keys refuses nobody', async () => {
    const verify = await verifier({ pauseMs: 0 });
    for (const answer of ['no JSON', '7', '{}', '{"keys": 7}', '{"keys": ["key"]}']) {
      server.answer = (res) => res.end(answer);
      assert.equal(await outcome(verify, await token(first)), 'AUTH_UNAVAILABLE', answer);
    }
    assert.equal(server.asked, 5);
  });

  it('that is away or says nothing makes it AUTH_UNAVAILABLE within its time, also for those who wait beside', async () => {
    const away = await verifier({}, 'http://127.0.0.1:1/jwks');
    assert.equal(await outcome(away, await token(first)), 'AUTH_UNAVAILABLE');
    assert.match(told.at(-1) ?? '', /fetch failed.*the keys of the issuer are not to be had/);
    server.answer = () => {};
    const silent = await verifier({ timeoutMs: 200 });
    const given = await token(first);
    const start = Date.now();
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => outcome(silent, given)));
    assert.deepEqual([new Set(outcomes), server.asked], [new Set(['AUTH_UNAVAILABLE']), 1]);
    assert.ok(Date.now() - start < 3_000, `${Date.now() - start} ms`);
  });

  it('that goes away leaves those in whose keys are known', async () => {
    const verify = await verifier({ cooldownMs: 0, pauseMs: 0 });
    assert.equal(await outcome(verify, await token(first)), 'alice');
    server.answer = (res) => res.destroy();
    assert.equal(await outcome(verify, await token(second)), 'AUTH_UNAVAILABLE');
    assert.equal(await outcome(verify, await token(first)), 'alice');
  });

  it('can sign by any algorithm with a public key, and by no other', async () => {
    const verify = await verifier({ cooldownMs: 0, pauseMs: 0 });
    for (const alg of ['PS384', 'ES256', 'ES512', 'EdDSA']) {
      const pair = await makePair(`k-${alg}`, alg);
      server.keys.push(pair.jwk);
      assert.equal(await outcome(verify, await token(pair)), 'alice', alg);
    }
    const spki = await exportSPKI((await importJWK(first.jwk, 'RS256', { extractable: true })) as never);
    const secret = new TextEncoder().encode(spki);
    const modulus = Buffer.from(first.jwk.n ?? '', 'base64url');
    for (const [kid, privateKey] of [
      ['k1', secret],
      ['k1', modulus],
      ['shared', secret],
    ] as const) {
      server.keys.push({ kty: 'oct', k: secret.toString(), kid: 'shared', alg: 'HS256' });
      assert.equal(await outcome(verify, await token({ privateKey, alg: 'HS256', kid })), 'UNAUTHENTICATED', kid);
    }
    const claims = { role: 'admin', sub: 'mallory', iss: ISSUER, aud: 'bookings', exp: 9_999_999_999 };
    assert.equal(await outcome(verify, new UnsecuredJWT(claims).encode()), 'UNAUTHENTICATED');
    const [, payload, signature] = (await token(first)).split('.');
    for (const header of [{ alg: 'none' }, { alg: 'RS1', kid: 'k1' }, { alg: 'ES256K', kid: 'k1' }, { kid: 'k1' }]) {
      const head = Buffer.from(JSON.stringify(header)).toString('base64url');
      assert.equal(await outcome(verify, `${head}.${payload}.${signature}`), 'UNAUTHENTICATED', header.alg);
    }
  });

  it('is taken at its word only for our audience, in its own name, and in its time', async () => {
    const verify = await verifier();
    const now = Math.floor(Date.now() / 1000);
    for (const [expected, change] of [
      ['UNAUTHENTICATED', (jwt) => jwt.setIssuer('https://other.example')],
      ['UNAUTHENTICATED', (jwt) => jwt.setIssuer(`${ISSUER}/`)],
      ['UNAUTHENTICATED', (jwt) => jwt.setAudience('others')],
      ['alice', (jwt) => jwt.setAudience(['others', 'bookings'])],
      ['UNAUTHENTICATED', (jwt) => jwt.setExpirationTime(now - 30)],
      ['alice', (jwt) => jwt.setExpirationTime(now - 2)],
      ['UNAUTHENTICATED', (jwt) => jwt.setNotBefore(now + 60)],
      ['alice', (jwt) => jwt.setNotBefore(now + 5)],
    ] as [string, (jwt: SignJWT) => SignJWT][])
      assert.equal(await outcome(verify, await token(first, change)), expected, change.toString());
  });

  describe('beside the local key pair', () => {
    let api: RunningApi;
    before(async () => {
      api = await startApi();
    });
    after(() => api.stop());

    it('shuts it out: even under one name neither accepts what the other has signed', async () => {
      const auth = { ...AUTH, kind: 'issuer', jwksUrl: server.url } as const;
      const byIssuer = createTokenVerifier(await tokenRules({ auth, dataDir: api.dataDir }), log);
      const named = (jwt: SignJWT) => jwt.setIssuer(AUTH.issuer).setAudience(AUTH.audience);
      const [local, issued] = [await api.token(), await token(first, named)];
      assert.deepEqual([await outcome(byIssuer, issued), await outcome(byIssuer, local)], ['alice', 'UNAUTHENTICATED']);
      const headers = { authorization: `Bearer ${issued}` };
      assert.equal((await api.call('GET', '/api/bookings', { headers })).status, 401);
    });
  });
});
