import assert from 'node:assert/strict';
import { exportSPKI, generateKeyPair, importJWK, SignJWT, UnsecuredJWT } from 'jose';
import { loadLocalKeys } from '../../src/local-keys.ts';
import { AUTH, type RunningApi, startApi } from './running-api.ts';

const ROUTE = '/api/admin/bookings/imports';

describe('a caller', function () {
  this.timeout(60_000);
  let api: RunningApi;
  before(async () => {
    api = await startApi();
  });
  after(() => api.stop());

  const as = (authorization?: string) =>
    fetch(`${api.url}${ROUTE}`, { headers: authorization === undefined ? {} : { authorization } });
  const codeOf = async (response: Response) => ((await response.json()) as { code: string }).code;
  const refuses = async (token: string) => {
    const response = await as(`Bearer ${token}`);
    assert.equal(response.status, 401);
    assert.match(response.headers.get('www-authenticate') ?? '', /^Bearer .*error="invalid_token"/);
    assert.equal(await codeOf(response), 'UNAUTHENTICATED');
  };
  const signed = async (claims: Record<string, unknown>, change: (jwt: SignJWT) => SignJWT = (jwt) => jwt) => {
    const { privateKey, publicJwk } = await loadLocalKeys(api.dataDir);
    const jwt = new SignJWT({ role: 'admin', sub: 'alice', ...claims })
      .setProtectedHeader({ alg: 'ES256', kid: publicJwk.kid })
      .setIssuer(AUTH.issuer)
      .setAudience(AUTH.audience)
      .setExpirationTime('1h');
    return change(jwt).sign(privateKey);
  };

  it('without a token gets 401, and hears which kind of credentials to send', async () => {
    const response = await as();
    assert.equal(response.status, 401);
    assert.equal(response.headers.get('www-authenticate'), 'Bearer realm="booking-import"');
    assert.equal(response.headers.get('content-type'), 'application/problem+json; charset=utf-8');
    assert.equal(await codeOf(response), 'UNAUTHENTICATED');
  });

  it('with an admin token gets in', async () => {
    assert.equal((await as(`Bearer ${await api.token()}`)).status, 200);
    assert.equal((await as(`bearer ${await signed({})}`)).status, 200);
  });

  it('with an advisor token gets 403 on an admin route', async () => {
    const response = await as(`Bearer ${await api.token({ role: 'advisor', sub: 'a@example.com' })}`);
    assert.equal(response.status, 403);
    assert.match(response.headers.get('www-authenticate') ?? '', /error="insufficient_scope"/);
    assert.equal(await codeOf(response), 'FORBIDDEN');
  });

  it('with an expired token gets 401, and within the tolerance for clocks does not', async () => {
    const now = Math.floor(Date.now() / 1000);
    await refuses(await signed({}, (jwt) => jwt.setExpirationTime(now - 60)));
    const justOver = await signed({}, (jwt) => jwt.setExpirationTime(now - 2));
    assert.equal((await as(`Bearer ${justOver}`)).status, 200);
  });

  it('with a token that another key signed gets 401, even under our key id', async () => {
    const { privateKey } = await generateKeyPair('ES256');
    const { publicJwk } = await loadLocalKeys(api.dataDir);
    const forged = (kid?: string) =>
      new SignJWT({ role: 'admin', sub: 'mallory' })
        .setProtectedHeader({ alg: 'ES256', kid })
        .setIssuer(AUTH.issuer)
        .setAudience(AUTH.audience)
        .setExpirationTime('1h')
        .sign(privateKey);
    await refuses(await forged(publicJwk.kid));
    await refuses(await forged('another'));
  });

  it('with a changed payload gets 401', async () => {
    const [head, , signature] = (await api.token({ role: 'advisor' })).split('.');
    const claims = { role: 'admin', sub: 'alice', iss: AUTH.issuer, aud: AUTH.audience, exp: 9_999_999_999 };
    await refuses(`${head}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.${signature}`);
  });

  it('with an unsigned token (alg none) gets 401', async () => {
    const unsigned = new UnsecuredJWT({ role: 'admin', sub: 'mallory' })
      .setIssuer(AUTH.issuer)
      .setAudience(AUTH.audience)
      .setExpirationTime('1h')
      .encode();
    await refuses(unsigned);
  });

  it('with the public key used as a shared secret (HS256) gets 401', async () => {
    const { publicJwk } = await loadLocalKeys(api.dataDir);
    const pem = await exportSPKI((await importJWK(publicJwk, 'ES256', { extractable: true })) as never);
    const confused = new SignJWT({ role: 'admin', sub: 'mallory' })
      .setProtectedHeader({ alg: 'HS256', kid: publicJwk.kid })
      .setIssuer(AUTH.issuer)
      .setAudience(AUTH.audience)
      .setExpirationTime('1h');
    await refuses(await confused.sign(new TextEncoder().encode(pem)));
  });

  it('with a token for another audience or by another issuer gets 401', async () => {
    await refuses(await signed({}, (jwt) => jwt.setAudience('another')));
    await refuses(await signed({}, (jwt) => jwt.setIssuer('another')));
  });

  it('with a token that lacks a subject, an end or a known role gets 401', async () => {
    await refuses(await signed({ sub: undefined }));
    await refuses(await signed({ sub: '' }));
    await refuses(await signed({ sub: 'x'.repeat(256) }));
    await refuses(await signed({ sub: 'a\0b' }));
    await refuses(await signed({ role: 'root' }));
    await refuses(await signed({ role: undefined }));
    await refuses(await signed({ exp: undefined }, (jwt) => Object.assign(jwt, {}).setNotBefore('2h')));
    assert.equal((await as(`Bearer ${await signed({ sub: 'x'.repeat(255) })}`)).status, 200);
  });

  it('with dealers that are no list of codes gets 401: an empty list is not taken for all of them', async () => {
    for (const dealers of ['DLR001', {}, null, [], [''], [7], ['DLR001', null], ['a\0b'], ['x'.repeat(51)]])
      await refuses(await signed({ dealers }));
    assert.equal((await as(`Bearer ${await signed({ dealers: ['DLR001', 'x'.repeat(50)] })}`)).status, 200);
  });

  it('with a token that is not valid yet gets 401, and within the tolerance for clocks does not', async () => {
    await refuses(await signed({}, (jwt) => jwt.setNotBefore('1m')));
    assert.equal((await as(`Bearer ${await signed({}, (jwt) => jwt.setNotBefore('5s'))}`)).status, 200);
  });

  it('with something else than a bearer token gets 401', async () => {
    for (const header of [
      'Basic YWxpY2U6cHc=',
      'Bearer',
      'Bearer a b',
      'Bearer not.a.token',
      `Bearer ${'x'.repeat(9000)}`,
    ])
      assert.equal((await as(header)).status, 401, header.slice(0, 30));
  });

  it('of the metrics needs the token for them, if there is one, and no other opens them', async () => {
    const own = await startApi({ metricsToken: 'scrape-0123456789' });
    const scrape = async (authorization?: string) =>
      (await fetch(`${own.url}/metrics`, { headers: authorization === undefined ? {} : { authorization } })).status;
    for (const wrong of [undefined, 'Bearer scrape-012345678', 'Bearer ', `Bearer ${await own.token()}`])
      assert.equal(await scrape(wrong), 401, wrong);
    assert.equal(await scrape('Bearer scrape-0123456789'), 200);
    await own.stop();
  });

  it('is followed by a stream no longer than the token counts', async () => {
    const content = 'customer_name,dealer_code,booking_date\nAda,DLR001,2027-01-01\n';
    const { body } = await api.upload('/api/admin/bookings/import', { content });
    // Over, but within the tolerance for clocks for two seconds more.
    const headers = { authorization: `Bearer ${await api.token({ ttl: '-8s' })}` };
    const follow = async (path: string) => {
      const response = await fetch(`${api.url}${path}`, { headers, signal: AbortSignal.timeout(20_000) });
      assert.equal(response.status, 200, path);
      await response.text();
    };
    await Promise.all([follow(`${ROUTE}/${body.id}/progress`), follow('/api/notifications/stream')]);
  });

  it('cannot put a token into the query', async () => {
    const response = await fetch(`${api.url}${ROUTE}?access_token=${await api.token()}`);
    assert.equal(response.status, 401);
  });
});
