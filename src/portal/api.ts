import type { Field, MappedColumn } from '../domain/columns.ts';
import type { DateChoice } from '../domain/date-choices.ts';
import type { ImportSettings, ImportView, Page, RowFault } from '../domain/import.ts';
import { noAnswer, type Problem, ProblemError, readProblem } from './problem.ts';

export interface Preview {
  type: 'csv' | 'xlsx';
  encoding: string | null;
  delimiter: string | null;
  sheet: string | null;
  sheets: string[];
  headers: MappedColumn[];
  missingColumns: { field: Field; likeliest: string | null }[];
  totalRows: number;
  /** The first 100; a row may be longer than the headers. */
  rows: string[][];
  /** The ways to read dates that need a format; none when they need none. */
  dateFormats: DateChoice[];
}

export interface FailedRow {
  row: number;
  errors: RowFault[];
}

export type Settings = Partial<ImportSettings>;

export interface Api {
  preview(file: File, settings: Settings): Promise<Preview>;
  /** The whole file through the rules; nothing is written. */
  validate(file: File, settings: Settings): Promise<ImportView>;
  start(file: File, settings: Settings): Promise<ImportView>;
  get(id: string): Promise<ImportView>;
  list(page: { limit: number; cursor?: string | null }): Promise<Page<ImportView>>;
  failedRows(id: string, cursor: string | null): Promise<Page<FailedRow>>;
  errorReport(id: string): Promise<Blob>;
  act(id: string, action: 'retry' | 'pause' | 'resume' | 'cancel'): Promise<ImportView>;
  /** The open event stream. */
  progress(id: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array>>;
}

const BOOKINGS = '/api/admin/bookings';
const FAILED_ROWS = 10;
const importPath = (id: string) => `${BOOKINGS}/imports/${encodeURIComponent(id)}`;

/** A refusal throws `ProblemError`; `onRefusal` hears of it first, since a refused token ends the session. */
export function createApi(token: string, onRefusal: (problem: Problem) => void = () => {}): Api {
  const call = async (path: string, init: RequestInit = {}): Promise<Response> => {
    try {
      const headers = { authorization: `Bearer ${token}`, ...init.headers };
      const answer = await fetch(path, { cache: 'no-store', ...init, headers }).catch(noAnswer);
      if (answer.ok) return answer;
      throw new ProblemError(await readProblem(answer));
    } catch (error) {
      if (error instanceof ProblemError) onRefusal(error.problem);
      throw error;
    }
  };
  const json = async <T>(path: string, init?: RequestInit): Promise<T> => (await (await call(path, init)).json()) as T;
  const upload = <T>(path: string, file: File, settings: Settings) =>
    json<T>(`${BOOKINGS}/${path}`, { method: 'POST', body: formOf(file, settings) });
  return {
    preview: (file, settings) => upload('preview', file, settings),
    validate: (file, settings) => upload('validate', file, settings),
    start: (file, settings) => upload('import', file, settings),
    get: (id) => json(importPath(id)),
    list: ({ limit, cursor }) => json(`${BOOKINGS}/imports?${query({ limit, cursor })}`),
    failedRows: (id, cursor) =>
      json(`${importPath(id)}/rows?${query({ status: 'failed', limit: FAILED_ROWS, cursor })}`),
    errorReport: async (id) => (await call(`${importPath(id)}/errors`)).blob(),
    act: (id, action) =>
      action === 'cancel'
        ? json(importPath(id), { method: 'DELETE' })
        : json(`${importPath(id)}/${action}`, { method: 'POST' }),
    async progress(id, signal) {
      const answer = await call(`${importPath(id)}/progress`, { signal, headers: { accept: 'text/event-stream' } });
      if (!answer.body) throw new Error('an answer without a body');
      return answer.body;
    },
  };
}

function query(values: Record<string, string | number | null | undefined>): string {
  const given = Object.entries(values).filter(([, value]) => value !== null && value !== undefined);
  return new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
}

function formOf(file: File, settings: Settings): FormData {
  const form = new FormData();
  // Before the file: the server judges the settings before it reads megabytes.
  form.set('settings', JSON.stringify(settings));
  form.set('file', file);
  return form;
}
