import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import pg from 'pg';

/** What migrations grant to: see 0021. */
const GROUP = 'booking_import_runtime';
const ITERATIONS = 4096;

/**
 * Sees to it that the login of `runtimeUrl` is there with that password, and that it may do what the API and the workers
 * do, and nothing else. For the owner of the schema, after the migrations.
 */
export async function ensureRuntimeLogin(ownerUrl: string, runtimeUrl: string): Promise<void> {
  const { username, password } = new URL(runtimeUrl);
  const [name, secret] = [decodeURIComponent(username), decodeURIComponent(password)];
  if (name === decodeURIComponent(new URL(ownerUrl).username))
    throw new Error('the API and the workers must not be the owner of the schema: give them a login of their own');
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    const login = client.escapeIdentifier(name);
    const { rowCount } = await client.query('select from pg_roles where rolname = $1', [name]);
    if (!rowCount) await client.query(`create role ${login} login`);
    // Its verifier and not the password itself, which would stand in the server's log if the statement failed.
    await client.query(`alter role ${login} password '${scramVerifier(secret)}'`);
    await client.query(`grant ${GROUP} to ${login}`);
  } finally {
    await client.end();
  }
}

/** What Postgres keeps of a password (RFC 5803), for one of printable ASCII. */
function scramVerifier(password: string): string {
  const salt = randomBytes(16);
  const salted = pbkdf2Sync(password, salt, ITERATIONS, 32, 'sha256');
  const key = (word: string) => createHmac('sha256', salted).update(word).digest();
  const stored = createHash('sha256').update(key('Client Key')).digest('base64');
  return `SCRAM-SHA-256$${ITERATIONS}:${salt.toString('base64')}$${stored}:${key('Server Key').toString('base64')}`;
}
