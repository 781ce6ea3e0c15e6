import assert from 'node:assert/strict';
import { answerFault } from './support/documented-answers.ts';

const VARIANTS = '/api/admin/variants';
const answer = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json', 'x-request-id': 'r1', ...headers },
  });

describe('the comparison of answers with the OpenAPI document', () => {
  const page = { items: [{ code: 'SUV', name: 'SUV LX' }], nextCursor: null };

  it('accepts what is described', async () => {
    assert.equal(await answerFault('GET', VARIANTS, answer(200, page)), undefined);
    assert.equal(await answerFault('HEAD', VARIANTS, answer(200, null)), undefined);
  });

  it('finds a status, a header, a media type that nobody described', async () => {
    assert.equal(await answerFault('GET', VARIANTS, answer(418, page)), 'is no status of it');
    const bare = new Response('{}', { status: 201, headers: { 'content-type': 'application/json' } });
    assert.equal(await answerFault('POST', '/api/admin/bookings', bare), 'lacks X-Request-Id');
    assert.equal(await answerFault('GET', VARIANTS, answer(200, page, { 'content-type': 'text/csv' })), 'is text/csv');
  });

  it('finds a member too few, too many, of another kind, and a code that the route has not', async () => {
    for (const items of [[{ code: 'SUV' }], [{ ...page.items[0], more: 1 }], [{ code: 1, name: 'SUV' }]])
      assert.match((await answerFault('GET', VARIANTS, answer(200, { ...page, items }))) ?? '', /items\/0/);
    const about = { type: 't', title: 't', detail: 'd', instance: '/', status: 409, code: 'DEALER_EXISTS' };
    const problem = answer(409, about, { 'content-type': 'application/problem+json' });
    assert.match((await answerFault('POST', VARIANTS, problem)) ?? '', /code must be equal to one of/);
  });

  it('finds a route that answers without being described', async () => {
    assert.equal(await answerFault('GET', '/api/admin/secrets', answer(200, {})), 'has no operation');
    assert.equal(await answerFault('GET', '/api/admin/secrets', answer(404, {})), undefined);
  });
});
