import assert from 'node:assert/strict';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Router } from 'express';
import Joi from 'joi';
import supertest from 'supertest';
import { TRANSITIONS } from '../../src/domain/transitions.ts';
import { endpoint } from '../../src/http/endpoint.ts';
import { OPERATIONS } from '../../src/http/openapi/operations.ts';
import { requestSchema } from '../../src/http/openapi/request-schema.ts';
import { transitionTable } from '../../src/http/openapi/transition-table.ts';
import { routesOf } from '../../src/http/routes.ts';
import { launchChromium } from '../support/chromium.ts';
import { type RunningApi, startApi } from './running-api.ts';

/** Parts of pages, of no use to a program. */
const isOfPage = (route: string): boolean => route === 'GET /' || route.startsWith('GET /docs/');

describe('the OpenAPI document', function () {
  this.timeout(60_000);
  let api: RunningApi;
  before(async () => {
    api = await startApi();
  });
  after(() => api.stop());

  it('is one that the meta-schema of 3.1 accepts', async () => {
    const { body } = await api.call('GET', '/openapi.json');
    const validator = new Validator();
    const { valid, errors } = await validator.validate(body);
    assert.deepEqual([valid, errors ?? [], validator.version], [true, [], '3.1']);
  });

  it('is open to everybody and kept until it changes', async () => {
    const first = await fetch(`${api.url}/openapi.json`);
    const tag = first.headers.get('etag') ?? '';
    assert.deepEqual([first.status, first.headers.get('cache-control')], [200, 'public, no-cache']);
    const again = await supertest(api.url).get('/openapi.json').set({ 'if-none-match': tag });
    assert.equal(again.status, 304);
  });

  it('has every route that is mounted, and no other', () => {
    const mounted = routesOf(api.app).filter((route) => !isOfPage(route));
    assert.deepEqual(mounted.sort(), OPERATIONS.map(({ key }) => key).sort());
  });

  it('has a name of its own for every operation', () => {
    const names = OPERATIONS.map(({ operation }) => operation.id);
    assert.equal(new Set(names).size, names.length);
  });

  it('lets no route compile, nor start, that it does not describe', () => {
    // @ts-expect-error: no group has it
    assert.throws(() => endpoint(Router(), '/nowhere', {}));
    // @ts-expect-error: the path is described, this method of it is not
    assert.throws(() => endpoint(Router(), '/api/admin/dealers', { delete: () => {} }));
  });

  it('tells by the table of transitions what a status may become, and who may', () => {
    const lines = transitionTable().split('\n').slice(2);
    assert.equal(lines.length, Object.values(TRANSITIONS).flat().length);
    assert.ok(lines.includes('| ASSIGNED | IN_PROGRESS | admin, advisor |'));
    assert.ok(lines.includes('| CANCELLED | PENDING | admin |'));
    for (const { operation } of OPERATIONS.filter(({ key }) => key.endsWith('/status')))
      assert.ok(operation.description?.includes(transitionTable()));
  });

  it('says what a request must be by the schema that checks it', () => {
    assert.deepEqual(requestSchema(Joi.object({ limit: Joi.number().integer().min(1).default(50) })), {
      type: 'object',
      properties: { limit: { type: 'integer', minimum: 1, default: 50 } },
      additionalProperties: false,
    });
    const { properties } = requestSchema(Joi.object({ sheet: Joi.valid('a').allow(null) }));
    assert.deepEqual(properties?.sheet?.enum, ['a', null]);
  });

  it('cannot be made of a rule that nobody has put into words', () => {
    const rule = Joi.string().custom((value) => value);
    assert.throws(() => requestSchema(Joi.object({ one: rule })), /\/one has a rule of its own/);
    assert.deepEqual(requestSchema(rule.meta({ jsonSchema: { format: 'date' } })).format, 'date');
    assert.throws(() => requestSchema(Joi.object({ a: Joi.any(), b: Joi.any() }).xor('a', 'b')), /a rule of its own/);
  });

  it('is shown by a page of our own files, under the content security policy', async () => {
    const answer = await fetch(`${api.url}/docs`);
    assert.match(answer.headers.get('content-security-policy') ?? '', /^default-src 'self';/);
    const browser = await launchChromium();
    try {
      const page = await browser.newPage();
      const faults: string[] = [];
      page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
      page.on('pageerror', (error) => faults.push(error.message));
      const asked: string[] = [];
      page.on('request', (request) => asked.push(new URL(request.url()).origin));
      await page.goto(`${api.url}/docs`);
      await page.locator('#operations-Imports-importFile').waitFor();
      assert.equal(await page.locator('.opblock').count(), OPERATIONS.length);
      assert.deepEqual(faults, []);
      assert.deepEqual(
        [...new Set(asked)].filter((origin) => origin !== 'null'),
        [api.url],
      );
    } finally {
      await browser.close();
    }
  });
});
