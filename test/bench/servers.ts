import { join } from 'node:path';
import { startPostgres } from '../../src/embedded/postgres.ts';
import { provisioning } from '../../src/embedded/provision.ts';
import { provisionTemporalCli } from '../../src/embedded/provision-temporal-cli.ts';
import { startTemporal } from '../../src/embedded/temporal.ts';

/** What the scenarios of Temporal say that they ran on. */
export const TEMPORAL_SERVER = 'dev server on a SQLite file, as npm start has it';

/** PostgreSQL and Temporal as `npm start` has them; stacks find them by the variables that the tests use. */
export async function openServers(directory: string): Promise<{ close(): Promise<void> }> {
  const [postgres, temporal] = await Promise.all([
    startPostgres({ directory: join(directory, 'postgres'), logFile: join(directory, 'postgres.log') }),
    startTemporalOnFile(directory),
  ]);
  process.env.TEST_POSTGRES_URL = postgres.adminUrl;
  process.env.TEST_TEMPORAL_ADDRESS = temporal.address;
  return {
    close: async () => {
      await Promise.all([postgres.stop(), temporal.stop()]);
    },
  };
}

async function startTemporalOnFile(directory: string) {
  return startTemporal({
    cli: await provisionTemporalCli(provisioning(process.env)),
    databaseFile: join(directory, 'temporal', 'temporal.sqlite'),
    logFile: join(directory, 'temporal.log'),
    namespace: 'default',
    withUi: true,
  });
}
