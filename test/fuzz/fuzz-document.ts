import type { JsonSchema } from '../../src/http/openapi/json-schema.ts';
import { accessOf } from '../../src/http/routes.ts';
import type { TokenClaims } from '../../src/local-keys.ts';
import type { KnownIds } from './fuzz-stack.ts';

interface Parameter {
  name: string;
  in: string;
  schema: JsonSchema;
  example?: unknown;
}
interface OperationDoc {
  operationId: string;
  parameters: Parameter[];
  requestBody?: { content: Record<string, { schema: JsonSchema; example?: unknown }> };
}
export interface Document {
  paths: Record<string, Record<string, OperationDoc>>;
}

// They end when something happens or an import does: a paused one's was listened to for minutes.
const STREAMS = ['/api/notifications/stream', '/api/admin/bookings/imports/{id}/progress'];
const FILE = 'customer_name,dealer_code,booking_date\nAsha Rao,DLR001,2031-03-04\n';

export interface FuzzDocument extends Document {
  /** Described, since `Allow` names them, but not for this caller: `POST /api/admin/dealers`. */
  excluded: string[];
  /** Left out, to be opened and left: paths with an id that is there. */
  streams: string[];
}

/**
 * The served document for one caller: the paths that it may call, and beside what any client could think of the ids that are
 * there, so that calls get behind the first look. The answers are judged by what was served.
 */
export function fuzzDocument(served: Document, claims: TokenClaims, known: KnownIds): FuzzDocument {
  const excluded: string[] = [];
  const paths = Object.entries(structuredClone(served.paths)).filter(([path, operations]) => {
    const others = Object.keys(operations).filter((method) => !mayCall(claims, method, path));
    const isCalled = !STREAMS.includes(path) && others.length < Object.keys(operations).length;
    if (isCalled) excluded.push(...others.map((method) => `${method.toUpperCase()} ${path}`));
    return isCalled;
  });
  const primedPaths = paths.map(([path, operations]) => [
    path,
    mapValues(operations, (operation) => primed(operation, path, known)),
  ]);
  const streams = STREAMS.filter((path) => mayCall(claims, 'get', path));
  const opened = streams.map((path) => path.replace('{id}', known.import));
  return { ...served, paths: Object.fromEntries(primedPaths), excluded, streams: opened };
}

const mapValues = <A, B>(record: Record<string, A>, change: (value: A) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));

function mayCall({ role, dealers }: TokenClaims, method: string, path: string): boolean {
  const access = accessOf(`${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`);
  if (access === 'unlimitedAdmin') return role === 'admin' && dealers === undefined;
  return access !== 'admin' && access !== 'advisor' ? true : access === role;
}

function primed(operation: OperationDoc, path: string, known: KnownIds): OperationDoc {
  const parameters = operation.parameters.map((parameter) => primedParameter(parameter, operation, path, known));
  const { 'multipart/form-data': form, 'application/json': json } = operation.requestBody?.content ?? {};
  if (form) form.example = { file: FILE, settings: { allowSameFile: true, historical: true } };
  if (json) json.example = known.bodies[operation.operationId] ?? json.example;
  return { ...operation, parameters };
}

function primedParameter(
  parameter: Parameter,
  { operationId }: OperationDoc,
  path: string,
  known: KnownIds,
): Parameter {
  // A version that is guessed is refused before anything else is looked at.
  if (parameter.name === 'If-Match') return { ...parameter, schema: { anyOf: [{ enum: ['*'] }, { type: 'string' }] } };
  if (parameter.in !== 'path') return parameter;
  const chosen = known.byOperation[operationId];
  const ids = chosen ? [chosen] : parameter.name === 'id' ? idsFor(path, known) : ['DLR003', 'DLR004'];
  return { ...parameter, schema: { anyOf: [{ enum: ids }, parameter.schema] }, example: ids[0] };
}

function idsFor(path: string, { bookings, import: importId }: KnownIds): string[] {
  if (path.includes('/imports/')) return [importId];
  return path.includes('/advisors/') ? ['ben', 'cleo'] : bookings;
}
