import { ensureRuntimeLogin } from '../db/ensure-runtime-login.ts';
import { migrate } from '../db/migrate.ts';
import { loadConfigOrExit } from './config.ts';

// `npm run migrate`: brings the schema of DATABASE_URL, which is its owner's, forward and sees to the login of
// APP_DATABASE_URL, if that is set; then ends. Several at once are no danger.
const { databaseUrl, appDatabaseUrl } = loadConfigOrExit();
if (databaseUrl === null) {
  process.stderr.write('DATABASE_URL is not set: the embedded stack (npm start) migrates its own database\n');
  process.exit(78);
}
try {
  await migrate(databaseUrl);
  if (appDatabaseUrl) await ensureRuntimeLogin(databaseUrl, appDatabaseUrl);
  process.stderr.write('the schema is up to date\n');
} catch (error) {
  // umzug's error carries the connection and with it the password: only its words may be shown.
  process.stderr.write(`${(error as Error).message}\n`);
  process.exit(1);
}
