import type { FailureCode } from '../../domain/failures.ts';
import { importListQuery, reasonInput, rowListQuery } from '../requests.ts';
import { page, ref, string } from './json-schema.ts';
import { events, gives, type Operations } from './operation.ts';

/** What the look into an upload may find. */
const file: readonly FailureCode[] = [
  'NO_FILE',
  'MALFORMED_UPLOAD',
  'UPLOAD_TIMEOUT',
  'TOO_MANY_UPLOADS',
  'FILE_TOO_LARGE',
  'INVALID_SETTINGS',
  'EMPTY_FILE',
  'UNSUPPORTED_FILE_TYPE',
  'LEGACY_XLS',
  'ENCRYPTED_FILE',
  'UNREADABLE_FILE',
  'UNCLOSED_QUOTE',
  'FILE_TOO_COMPLEX',
  'SHEET_NOT_FOUND',
  'FILE_INFECTED',
  'SCAN_UNAVAILABLE',
];
const columns: readonly FailureCode[] = [
  'MISSING_COLUMNS',
  'AMBIGUOUS_HEADERS',
  'NO_DATA_ROWS',
  'IDEMPOTENCY_KEY_REUSED',
  'TOO_MANY_IMPORTS',
];
const missing: readonly FailureCode[] = ['IMPORT_NOT_FOUND'];
/** Of what only the running workflow can do. */
const signalled: readonly FailureCode[] = [
  'IMPORT_NOT_FOUND',
  'IMPORT_ENDED',
  'IMPORT_WAITING',
  'TEMPORAL_UNAVAILABLE',
];

const accepted = gives('Import', 'The import, which goes on by itself.', ['Location']);

export const importOperations = {
  'POST /api/admin/bookings/preview': {
    id: 'previewFile',
    summary: 'Look into a file',
    description: 'What it is, where its columns would go, and its first 100 rows. Nothing is kept.',
    form: true,
    answers: { 200: gives('Preview', 'What was found.') },
    problems: file,
  },
  'POST /api/admin/bookings/validate': {
    id: 'validateFile',
    summary: 'Check a whole file and write nothing',
    headers: ['Idempotency-Key', 'Prefer-Wait'],
    form: true,
    answers: {
      200: gives('Import', 'The finished report, when it was waited for.', ['Preference-Applied']),
      202: accepted,
    },
    problems: [...file, ...columns],
  },
  'POST /api/admin/bookings/import': {
    id: 'importFile',
    summary: 'Import a file',
    description:
      'The same bytes and settings while one runs, or the same `Idempotency-Key`, give the import that there is. A file that was imported before is refused with `DUPLICATE_FILE` unless `settings.allowSameFile`.',
    headers: ['Idempotency-Key'],
    form: true,
    answers: { 202: accepted },
    problems: [...file, ...columns, 'DUPLICATE_FILE'],
  },
  'GET /api/admin/bookings/imports': {
    id: 'listImports',
    summary: 'List imports, newest first',
    query: importListQuery,
    answers: { 200: { description: 'One page of imports.', schema: page(ref('Import')) } },
  },
  'GET /api/admin/bookings/imports/:id': {
    id: 'getImport',
    summary: 'Read an import',
    answers: { 200: gives('Import', 'The import as it is now.') },
    problems: missing,
  },
  'DELETE /api/admin/bookings/imports/:id': {
    id: 'cancelImport',
    summary: 'Cancel an import',
    description: 'From then on no row is written. What was written stays.',
    body: reasonInput,
    answers: { 200: gives('Import', 'The cancelled import.') },
    problems: [...missing, 'IMPORT_ENDED'],
  },
  'GET /api/admin/bookings/imports/:id/progress': {
    id: 'followImport',
    summary: 'Follow an import',
    answers: { 200: events('Import', 'Each event is the whole import, the last one as it has ended.') },
    problems: [...missing, 'TOO_MANY_STREAMS'],
  },
  'GET /api/admin/bookings/imports/:id/rows': {
    id: 'listImportRows',
    summary: 'List the rows of an import with their fate',
    query: rowListQuery,
    answers: { 200: { description: 'One page of rows.', schema: page(ref('ImportRow')) } },
    problems: [...missing, 'IMPORT_EXPIRED'],
  },
  'GET /api/admin/bookings/imports/:id/errors': {
    id: 'downloadImportErrors',
    summary: 'Download the failed rows',
    description:
      'The original columns as they were, then `import_id`, `import_row`, `import_error_type`, `import_error_field` and `import_error_message`. Corrected, it can be uploaded as it is.',
    answers: {
      200: { description: 'A CSV in UTF-8.', media: 'text/csv', schema: string, headers: ['Content-Disposition'] },
    },
    problems: [...missing, 'IMPORT_EXPIRED'],
  },
  'POST /api/admin/bookings/imports/:id/retry': {
    id: 'retryImport',
    summary: 'Try again what is not yet written',
    body: reasonInput,
    answers: { 202: accepted },
    problems: [...missing, 'IMPORT_RUNNING', 'NOTHING_TO_RETRY', 'IMPORT_EXPIRED', 'TOO_MANY_IMPORTS'],
  },
  'POST /api/admin/bookings/imports/:id/pause': {
    id: 'pauseImport',
    summary: 'Pause an import',
    body: reasonInput,
    answers: { 202: accepted },
    problems: signalled,
  },
  'POST /api/admin/bookings/imports/:id/resume': {
    id: 'resumeImport',
    summary: 'Let a paused import go on',
    body: reasonInput,
    answers: { 202: accepted },
    problems: [...signalled, 'IMPORT_NOT_PAUSED', 'TOO_MANY_IMPORTS'],
  },
  'POST /api/admin/bookings/imports/:id/undo': {
    id: 'undoImport',
    summary: 'Take back what an import created',
    description: 'What nobody has touched since is removed; the rest is kept and listed.',
    body: reasonInput,
    headers: ['Idempotency-Key'],
    answers: { 200: gives('Import', 'The import, with what its undo has done.') },
    problems: [...missing, 'IMPORT_RUNNING', 'NOTHING_TO_UNDO', 'ALREADY_UNDONE', 'UNDO_EXPIRED'],
  },
} as const satisfies Operations;
