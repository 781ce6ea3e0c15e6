import { openAsBlob } from 'node:fs';
import { basename } from 'node:path';
import type { ImportView } from '../domain/import.ts';
import type { Mended } from '../domain/reconcile.ts';

/** Why the API refused: its problem+json, or what came instead of one. */
export interface Problem {
  status: number;
  code: string;
  title: string;
  detail?: string;
  errors?: { pointer: string; code: string; message: string }[];
  /** With DUPLICATE_FILE: the import that brought the file in. */
  importId?: string;
}

export class RefusedError extends Error {
  override name = 'RefusedError';
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(describeProblem(problem));
    this.problem = problem;
  }
}

export interface ImportClient {
  /** Uploads a file and starts its import. `settings` as the contract's JSON. */
  upload(path: string, settings: object): Promise<ImportView>;
  get(id: string): Promise<ImportView>;
  /** The latest 200. */
  list(): Promise<ImportView[]>;
  /** The failed rows as a CSV that can be corrected and uploaded again. */
  errorReport(id: string): Promise<Uint8Array>;
  /** Mends now what lies between Postgres and Temporal; `RUNNING`: it goes on. */
  reconcile(): Promise<Mended | { state: 'RUNNING' }>;
}

const IMPORTS = '/api/admin/bookings/imports';
// An answer takes milliseconds; a server that accepts and never answers must not hold a script for ever.
const ANSWER_MS = 30_000;
const UPLOAD_MS = 10 * 60_000;
/** The server itself waits a minute for it. */
const RECONCILE_MS = 90_000;

/** Speaks the REST API as any client would. A refusal throws `RefusedError`, a network failure what fetch throws. */
export function createImportClient({ url, token }: { url: string; token: string }): ImportClient {
  const call = async (path: string, init: RequestInit = {}, ms = ANSWER_MS) => {
    const headers = { authorization: `Bearer ${token}` };
    const answer = await fetch(new URL(path, url), { ...init, headers, signal: AbortSignal.timeout(ms) });
    if (!answer.ok) throw new RefusedError(await readProblem(answer));
    return answer;
  };
  return {
    async upload(path, settings) {
      const body = new FormData();
      // Before the file: the server judges the settings before it reads megabytes.
      body.set('settings', JSON.stringify(settings));
      body.set('file', await openAsBlob(path), basename(path));
      const answer = await call('/api/admin/bookings/import', { method: 'POST', body }, UPLOAD_MS);
      return (await answer.json()) as ImportView;
    },
    async get(id) {
      return (await (await call(`${IMPORTS}/${encodeURIComponent(id)}`)).json()) as ImportView;
    },
    async list() {
      return ((await (await call(`${IMPORTS}?limit=200`)).json()) as { items: ImportView[] }).items;
    },
    async errorReport(id) {
      return new Uint8Array(await (await call(`${IMPORTS}/${encodeURIComponent(id)}/errors`)).arrayBuffer());
    },
    async reconcile() {
      const answer = await call('/api/admin/reconcile', { method: 'POST' }, RECONCILE_MS);
      return (await answer.json()) as Awaited<ReturnType<ImportClient['reconcile']>>;
    },
  };
}

async function readProblem(answer: Response): Promise<Problem> {
  const text = await answer.text();
  try {
    return { ...(JSON.parse(text) as Problem), status: answer.status };
  } catch {
    // A proxy's page, for one.
    return { status: answer.status, code: `HTTP_${answer.status}`, title: answer.statusText || 'no explanation' };
  }
}

function describeProblem({ code, title, detail, errors = [], importId }: Problem): string {
  const faults = errors.map((fault) => `  ${fault.pointer}: ${fault.message}`);
  const earlier = importId ? [`  the earlier import: ${importId}`] : [];
  return [`${code}: ${detail ?? title}`, ...faults, ...earlier].join('\n');
}
