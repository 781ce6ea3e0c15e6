import { DefaultLogger, Runtime } from '@temporalio/worker';
import { testLogger } from './test-logs.ts';

let installed = false;

/** Keeps the SDK's warnings about failures that a test provokes out of the report. Before the first worker or environment. */
export function quietRuntime(): void {
  if (installed) return;
  installed = true;
  Runtime.install({
    logger: new DefaultLogger('WARN', ({ message, meta }) => testLogger().warn(meta ?? {}, message)),
    telemetryOptions: { logging: { forward: {}, filter: { core: 'ERROR', other: 'ERROR' } } },
  });
}
