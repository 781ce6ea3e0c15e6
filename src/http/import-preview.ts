import type { Handler } from './endpoint.ts';
import type { ImportDeps } from './import-deps.ts';
export const previewUpload = (_deps: ImportDeps): Handler => async () => { throw new Error('x'); };
