import { type Access, rolesOf } from '../permissions.ts';
import { accessOf } from '../routes.ts';
import { REQUEST_HEADERS, RESPONSE_HEADERS, type RequestHeader, type ResponseHeader } from './headers.ts';
import { id, type JsonSchema, nullable, ref } from './json-schema.ts';
import type { AnswerDoc, Operation } from './operation.ts';
import type { NamedOperation } from './operations.ts';
import { problemResponses, problemSchema, problemText } from './problem-responses.ts';
import { requestSchema } from './request-schema.ts';

const PATH_PARAMETERS: Record<string, JsonSchema> = {
  id,
  dealerCode: { type: 'string', minLength: 1, maxLength: 50, pattern: '^\\S+( \\S+)*$' },
};

/** What no role says. */
const FOR: Partial<Record<Access, string>> = { unlimitedAdmin: 'For admins of all dealers.' };

/** One operation as OpenAPI writes it. */
export function operationObject({ key, path, tag, method, operation }: NamedOperation) {
  const { id: operationId, summary } = operation;
  const access = accessOf(key) ?? 'anybody';
  const description = [operation.description, FOR[access]].filter((text) => text !== undefined).join('\n\n');
  return {
    tags: [tag],
    operationId,
    summary,
    ...(description !== '' && { description }),
    ...(access !== 'anybody' && { security: [{ bearer: [...rolesOf(access)] }] }),
    parameters: [...pathParameters(path), ...queryParameters(operation), ...headerParameters(operation, method)],
    ...requestBody(operation),
    responses: {
      ...Object.fromEntries(Object.entries(operation.answers).map(([status, doc]) => [status, response(doc)])),
      ...(method === 'get' && answersJson(operation) && { 304: NOT_MODIFIED }),
      ...Object.fromEntries(
        problemResponses(key, operation).map(({ status, codes, headers }) => [
          status,
          response({
            description: problemText(codes),
            media: 'application/problem+json',
            schema: problemSchema(codes),
            headers,
          }),
        ]),
      ),
    },
  };
}

const pathParameters = (path: string) =>
  [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    schema: PATH_PARAMETERS[name],
  }));

function queryParameters({ query }: Operation) {
  const { properties = {}, required = [] }: JsonSchema = query ? requestSchema(query) : {};
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    ...(description && { description }),
    schema,
    // `status=A,B`, though `status=A&status=B` is understood, too.
    ...(schema.type === 'array' && { style: 'form', explode: false }),
  }));
}

function headerParameters(operation: Operation, method: string) {
  const conditional: RequestHeader[] = method === 'get' && answersJson(operation) ? ['If-None-Match'] : [];
  return [...(operation.headers ?? []), ...conditional].map((name) => ({
    name: name === 'Prefer-Wait' ? 'Prefer' : name,
    in: 'header',
    required: false,
    ...REQUEST_HEADERS[name],
  }));
}

function requestBody({ body, form, example }: Operation) {
  if (form) return { requestBody: { required: true, content: { 'multipart/form-data': FORM } } };
  if (!body) return {};
  const content = { 'application/json': { schema: requestSchema(body), ...(example && { example }) } };
  const { flags } = body.describe() as { flags?: { presence?: string } };
  return { requestBody: { required: flags?.presence === 'required', content } };
}

const FORM = {
  schema: {
    type: 'object',
    properties: {
      // A client without a choice sends `null` as well as nothing.
      settings: nullable(ref('ImportSettings')),
      file: { type: 'string', format: 'binary', description: 'A CSV or an XLSX file, judged by its content.' },
    },
    required: ['file'],
    additionalProperties: false,
  },
  encoding: { settings: { contentType: 'application/json' } },
};

const NOT_MODIFIED = { description: 'What the `ETag` names still holds.', headers: headersOf(['ETag']) };

function response({ description, schema, media = 'application/json', headers = [] }: AnswerDoc) {
  return { description, headers: headersOf(headers), ...(schema && { content: { [media]: { schema } } }) };
}

function headersOf(names: readonly ResponseHeader[]) {
  const all: ResponseHeader[] = ['X-Request-Id', ...names];
  return Object.fromEntries(all.map((name) => [name, { required: true, ...RESPONSE_HEADERS[name] }]));
}

/** Express gives every such answer an `ETag`. */
const answersJson = ({ answers }: Operation): boolean =>
  Object.values(answers).some(({ schema, media }) => schema !== undefined && media === undefined);
