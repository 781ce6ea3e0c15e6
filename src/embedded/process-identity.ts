import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Says which process a pid is, in a way that a later process with the same number does not share; undefined when
 * there is none. A zombie counts as none: it holds no file, no port and no lock.
 */
export async function identify(pid: number): Promise<string | undefined> {
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined;
  if (process.platform === 'linux') return identifyByProc(pid);
  const { stdout } = await run('ps', ['-o', 'stat=,lstart=', '-p', String(pid)]).catch(() => ({ stdout: '' }));
  const text = stdout.trim();
  return text === '' || text.startsWith('Z') ? undefined : `${pid} ${text.replace(/^\S+\s+/, '')}`;
}

async function identifyByProc(pid: number): Promise<string | undefined> {
  const fields = await statOf(pid);
  if (fields === undefined) return undefined;
  // State is field 3, start time field 22.
  if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
  return `${pid} ${fields[19]} ${boot.trim()}`;
}

/** What `/proc/PID/stat` tells behind the command's name, which may hold blanks and brackets: field 3 comes first. */
async function statOf(pid: number): Promise<string[] | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/** 0 when there is no such process. */
export async function parentOf(pid: number): Promise<number> {
  if (process.platform === 'linux') return Number((await statOf(pid))?.[1] ?? 0);
  const { stdout } = await run('ps', ['-o', 'ppid=', '-p', String(pid)]).catch(() => ({ stdout: '0' }));
  return Number(stdout);
}

/** The command line of a process, blanks between the words; '' when there is none. */
export async function commandLine(pid: number): Promise<string> {
  if (process.platform === 'linux') {
    const text = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    return text.replaceAll('\0', ' ').trim();
  }
  const { stdout } = await run('ps', ['-o', 'command=', '-p', String(pid)]).catch(() => ({ stdout: '' }));
  return stdout.trim();
}

/**
 * Ends a process that is known to be ours: `signal` first, SIGKILL after `patienceMs`. Resolves once it is gone.
 * The caller has checked with `commandLine` that the pid was not given to somebody else in the meantime.
 */
export async function endProcess(pid: number, options: { signal: NodeJS.Signals; patienceMs: number }): Promise<void> {
  const identity = await identify(pid);
  if (identity === undefined) return;
  send(pid, options.signal);
  if (await isGoneWithin(pid, identity, options.patienceMs)) return;
  send(pid, 'SIGKILL');
  if (!(await isGoneWithin(pid, identity, 5_000))) throw new Error(`process ${pid} does not end, even by SIGKILL`);
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function isGoneWithin(pid: number, identity: string, ms: number): Promise<boolean> {
  const deadline = Date.now() + ms;
  while ((await identify(pid)) === identity) {
    if (Date.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return true;
}
