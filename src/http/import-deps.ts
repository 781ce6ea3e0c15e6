import type { Logger } from 'pino';
import type { Database } from '../../db/connect.ts';
import type { ImportCaps } from '../domain/import.ts';
import type { TemporalLink } from './temporal-link.ts';
import type { UploadLimits } from './upload.ts';
import type { UploadGate } from './upload-gate.ts';

export interface ImportDeps {
  db: Database;
  temporal: TemporalLink;
  log: Logger;
  upload: UploadLimits;
  uploads: UploadGate;
  importCaps: ImportCaps;
  /** Rows of a chunk; stored with each import. */
  chunkRows: number;
  /** Aborted when the process begins to stop: whoever waits or streams ends then. */
  closing: AbortSignal;
}
