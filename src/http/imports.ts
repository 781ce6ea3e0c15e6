import { Router } from 'express';
import { answer, endpoint } from './endpoint.ts';
import { downloadErrors } from './errors-csv.ts';
import { cancel, pause, resume, retry, undo } from './import-commands.ts';
import type { ImportDeps } from './import-deps.ts';
import { previewUpload } from './import-preview.ts';
import { streamProgress } from './import-progress.ts';
import { listAll, listRows, showOne } from './import-reads.ts';
import { acceptUpload } from './import-upload.ts';
import { reasonBody } from './reasoned-actor.ts';
import { capStreams } from './stream-cap.ts';

/** Everything an admin does with imports. */
export function importRoutes(deps: ImportDeps): Router {
  const router = Router();
  endpoint(router, '/api/admin/bookings/preview', { post: answer(previewUpload(deps)) });
  endpoint(router, '/api/admin/bookings/validate', { post: answer(acceptUpload(deps, { dryRun: true })) });
  endpoint(router, '/api/admin/bookings/import', { post: answer(acceptUpload(deps, { dryRun: false })) });
  endpoint(router, '/api/admin/bookings/imports', { get: answer(listAll(deps)) });
  endpoint(router, '/api/admin/bookings/imports/:id', {
    get: answer(showOne(deps)),
    delete: [reasonBody, answer(cancel(deps))],
  });
  endpoint(router, '/api/admin/bookings/imports/:id/progress', { get: [capStreams(), streamProgress(deps)] });
  endpoint(router, '/api/admin/bookings/imports/:id/rows', { get: answer(listRows(deps)) });
  endpoint(router, '/api/admin/bookings/imports/:id/errors', { get: downloadErrors(deps) });
  endpoint(router, '/api/admin/bookings/imports/:id/retry', { post: [reasonBody, answer(retry(deps))] });
  endpoint(router, '/api/admin/bookings/imports/:id/pause', { post: [reasonBody, answer(pause(deps))] });
  endpoint(router, '/api/admin/bookings/imports/:id/resume', { post: [reasonBody, answer(resume(deps))] });
  endpoint(router, '/api/admin/bookings/imports/:id/undo', { post: [reasonBody, answer(undo(deps))] });
  return router;
}
