import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Whom a database server runs as: PostgreSQL refuses to run as root. */
export interface ServerAccount {
  /** null: as ourselves, since we are not root. */
  ids: { uid: number; gid: number } | null;
  /** What to put before the server's command line. */
  prefix: string[];
}

/**
 * Asks the kernel to end a server together with us, so that a `kill -9` leaves nothing behind. Empty where setpriv(1)
 * can't do that; there the next start cleans up instead.
 */
export async function deathSignalPrefix(signal: NodeJS.Signals): Promise<string[]> {
  return (await hasSetpriv()) ? ['setpriv', '--pdeathsig', signal, '--'] : [];
}

/** Picks the account, and the prefix that changes to it. `paths` are what the server must be able to reach. */
export async function serverAccount(paths: string[]): Promise<ServerAccount> {
  if (process.getuid?.() !== 0) return { ids: null, prefix: await deathSignalPrefix('SIGINT') };
  const ids = await unprivilegedIds();
  const blocked = await firstBlocked(paths);
  if (await hasSetpriv()) return { ids, prefix: changeTo(ids, blocked !== undefined) };
  if (blocked === undefined) return { ids, prefix: [] };
  throw new Error(
    `PostgreSQL can't run as root, and the user it runs as instead can't enter ${blocked}: ` +
      `run \`chmod o+x ${blocked}\`, run this as another user, or install util-linux (setpriv)`,
  );
}

function changeTo(ids: { uid: number; gid: number }, pass: boolean): string[] {
  const change = ['--reuid', String(ids.uid), '--regid', String(ids.gid), '--clear-groups'];
  // A clone below /root or a `mktemp -d` is closed to everybody else: lend the right to pass through.
  const lend = pass ? ['--inh-caps', '+dac_override', '--ambient-caps', '+dac_override'] : [];
  return ['setpriv', '--pdeathsig', 'SIGINT', ...change, ...lend, '--'];
}

async function hasSetpriv(): Promise<boolean> {
  if (process.platform !== 'linux') return false;
  // Busybox has a setpriv without --pdeathsig.
  return run('setpriv', ['--pdeathsig', 'SIGINT', '--', 'true']).then(
    () => true,
    () => false,
  );
}

async function unprivilegedIds(): Promise<{ uid: number; gid: number }> {
  const found = await idsOf('postgres');
  if (found) return found;
  await run('useradd', ['--system', '--user-group', '--no-create-home', 'postgres']).catch(() => undefined);
  const made = (await idsOf('postgres')) ?? (await idsOf('nobody'));
  if (made) return made;
  throw new Error("PostgreSQL can't run as root: run this as another user, or `useradd --system postgres` once");
}

async function idsOf(user: string): Promise<{ uid: number; gid: number } | undefined> {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', user]), run('id', ['-g', user])]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    return undefined;
  }
}

/** The first directory on the way to one of the paths that others may not pass through. */
async function firstBlocked(paths: string[]): Promise<string | undefined> {
  for (const path of paths) {
    for (let dir = dirname(resolve(path)); dir !== dirname(dir); dir = dirname(dir)) {
      if (((await stat(dir)).mode & 0o001) === 0) return dir;
    }
  }
  return undefined;
}
