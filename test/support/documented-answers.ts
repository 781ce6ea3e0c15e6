import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { openApiDocument } from '../../src/http/openapi/document.ts';
import type { JsonSchema } from '../../src/http/openapi/json-schema.ts';
import { OPERATIONS } from '../../src/http/openapi/operations.ts';

interface ResponseDoc {
  headers: Record<string, { required: boolean }>;
  content?: Record<string, { schema: JsonSchema }>;
}

const document = JSON.parse(JSON.stringify(openApiDocument()));
const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);
ajv.addSchema(closed(document), 'api');

const routes = OPERATIONS.map(({ key, method, path }) => ({
  key,
  method,
  template: path.replace(/:(\w+)/g, '{$1}'),
  // What is written out wins over what is a parameter: `/bookings/stats` over `/bookings/{id}`.
  parameters: path.split(':').length,
  pattern: new RegExp(`^${path.replace(/:\w+/g, '[^/]+')}/?$`, 'i'),
})).sort((a, b) => a.parameters - b.parameters);

const SEEN_FILE = 'operations-seen';
const seen = new Set<string>();
const mismatches: string[] = [];
const compiled = new Map<string, ValidateFunction>();

/** Holds every answer of our API that this process fetches to the OpenAPI document; one that differs rejects. */
export function watchAnswers(): void {
  const fetched = globalThis.fetch;
  globalThis.fetch = async (input, init) => {
    const response = await fetched(input, init);
    const request = new Request(input instanceof Request ? input.url : input);
    await judge(init?.method ?? 'GET', new URL(request.url).pathname, response);
    return response;
  };
}

/** What differed, also where a test took the rejection for something else. */
export const documentMismatches = (): string[] => [...new Set(mismatches)];

/** Beside the logs of the run: what each of its processes has seen to succeed. */
export function recordSeenOperations(): void {
  const directory = process.env.TEST_LOG_DIR;
  if (directory && seen.size > 0) appendFileSync(join(directory, SEEN_FILE), `${[...seen].join('\n')}\n`);
}

/** Operations that no process of the run has seen succeed. */
export function unseenOperations(logDirectory: string): string[] {
  const path = join(logDirectory, SEEN_FILE);
  const recorded = new Set(existsSync(path) ? readFileSync(path, 'utf8').split('\n') : []);
  return OPERATIONS.map(({ key }) => key).filter((key) => !recorded.has(key));
}

async function judge(method: string, path: string, response: Response): Promise<void> {
  // Every answer of ours has it, and no answer of the other servers that tests ask.
  if (!response.headers.has('x-request-id')) return;
  const route = response.ok && routeOf(method, path);
  if (route) seen.add(route.key);
  const wrong = await answerFault(method, path, response);
  if (wrong === undefined) return;
  mismatches.push(`${method} ${path}: ${response.status} ${wrong}`);
  throw new Error(`not as the OpenAPI document has it: ${mismatches.at(-1)}`);
}

/** What the document says otherwise; undefined: nothing. */
export async function answerFault(method: string, path: string, response: Response): Promise<string | undefined> {
  const route = routeOf(method, path);
  // A page, a wrong address, a wrong method.
  if (!route) return path.startsWith('/api/') && response.ok ? 'has no operation' : undefined;
  const at = ['paths', route.template, route.method, 'responses', String(response.status)];
  const doc = at.reduce((value, key) => value?.[key], document) as ResponseDoc | undefined;
  if (!doc) return 'is no status of it';
  const missing = Object.entries(doc.headers).find(([name, { required }]) => required && !response.headers.has(name));
  if (missing) return `lacks ${missing[0]}`;
  return method === 'HEAD' || !doc.content ? undefined : bodyFault(doc.content, at, response);
}

function routeOf(method: string, path: string) {
  const asked = method === 'HEAD' ? 'get' : method.toLowerCase();
  return routes.find((each) => each.method === asked && each.pattern.test(path));
}

async function bodyFault(content: NonNullable<ResponseDoc['content']>, at: string[], response: Response) {
  const media = response.headers.get('content-type')?.split(';')[0] ?? 'nothing';
  if (!content[media]) return `is ${media}`;
  // A stream would be kept whole here, and a file says nothing by its schema.
  if (!/json$/.test(media)) return undefined;
  const validate = validator([...at, 'content', media, 'schema']);
  const body = await response.clone().json();
  return validate(body) ? undefined : `${ajv.errorsText(validate.errors)} in ${JSON.stringify(body).slice(0, 1_000)}`;
}

function validator(at: string[]): ValidateFunction {
  const pointer = at.map((key) => encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/');
  const known = compiled.get(pointer) ?? ajv.compile({ $ref: `api#/${pointer}` });
  compiled.set(pointer, known);
  return known;
}

/** Clients must bear members that they don't know; here one that isn't described is a fault. */
function closed<T>(value: T): T {
  if (Array.isArray(value)) return value.map(closed) as T;
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).map(([key, member]) => [key, closed(member)]);
  const open = 'properties' in value && 'type' in value && !('additionalProperties' in value);
  return Object.fromEntries([...entries, ...(open ? [['additionalProperties', false]] : [])]);
}
