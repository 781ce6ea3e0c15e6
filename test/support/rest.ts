import { openAsBlob } from 'node:fs';
import type { ImportView } from '../../src/domain/import.ts';
import type { Stack } from './stack.ts';
import { waitFor } from './wait-for.ts';

const IMPORTS = '/api/admin/bookings/imports';

export interface Answer<T> {
  status: number;
  headers: Headers;
  body: T;
}

/** One request as the admin; JSON in, JSON out. */
export async function call<T>(stack: Stack, method: string, path: string, body?: unknown): Promise<Answer<T>> {
  const form = body instanceof FormData;
  const response = await fetch(`${stack.apiUrl}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${stack.adminToken}`,
      ...(body !== undefined && !form && { 'content-type': 'application/json' }),
    },
    body: body === undefined ? undefined : form ? body : JSON.stringify(body),
  });
  const text = await response.text();
  const json = response.headers.get('content-type')?.includes('json') ?? false;
  return { status: response.status, headers: response.headers, body: (json ? JSON.parse(text) : text) as T };
}

export function uploadForm(file: Blob, settings: object = {}, name = 'bookings.csv'): FormData {
  const form = new FormData();
  form.set('settings', JSON.stringify(settings));
  form.set('file', file, name);
  return form;
}

/** Uploads a path or a text; gives the accepted import. */
export async function upload(stack: Stack, file: Blob | string, settings: object = {}): Promise<ImportView> {
  const blob = typeof file === 'string' ? new Blob([file]) : file;
  const { status, body } = await call<ImportView>(
    stack,
    'POST',
    '/api/admin/bookings/import',
    uploadForm(blob, settings),
  );
  if (status !== 202) throw new Error(`${status}: ${JSON.stringify(body)}`);
  return body;
}

export const uploadPath = async (stack: Stack, path: string, settings: object = {}): Promise<ImportView> =>
  upload(stack, await openAsBlob(path), settings);

export const getImport = async (stack: Stack, id: string): Promise<ImportView> =>
  (await call<ImportView>(stack, 'GET', `${IMPORTS}/${id}`)).body;

/** Waits for the end of an import. Asking more often than each 50 ms would slow down what is waited for. */
export async function untilEnded(
  stack: Stack,
  id: string,
  { limitMs = 120_000, everyMs = 50 } = {},
): Promise<ImportView> {
  let view = await getImport(stack, id);
  await waitFor(
    async () => {
      view = await getImport(stack, id);
      return view.phase === 'done';
    },
    limitMs,
    everyMs,
  );
  return view;
}

/** Waits until at least so many chunks are in the ledger: the import is in its midst. */
export const untilChunksWritten = (stack: Stack, id: string, chunks: number): Promise<void> =>
  waitFor(async () => {
    const [found] = await stack.store.rows<{ n: number }>(
      'select count(*)::int as n from booking_import_ledger where import_id = $1',
      [id],
    );
    return (found?.n ?? 0) >= chunks;
  });
