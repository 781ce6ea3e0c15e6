import { DefaultFailureConverter } from '@temporalio/common';

/** Loaded by Temporal's SDK by its path, and bundled with the workflows that encrypt. */
export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
