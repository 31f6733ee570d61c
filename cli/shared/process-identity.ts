import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Position of the start time among the fields of /proc/PID/stat after the name of the process. */
const START_TIME_FIELD = 19;

/**
 * When a process started, in a form that only serves to compare: another process that gets the same id later has another one.
 *
 * @returns undefined when no such process runs, or the system does not tell
 */
export function processIdentity(pid: number): string | undefined {
  if (process.platform === 'linux') {
    try {
      // The name of the process, in parentheses, may contain blanks.
      return readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\)\s+/s, '')
        .split(' ')[START_TIME_FIELD];
    } catch {
      return undefined;
    }
  }
  const { stdout } = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' },
  });
  return stdout?.trim() || undefined;
}

/** Tells whether a process runs, and is the one that had this identity. */
export function isSameProcess(pid: number, identity: string | undefined): boolean {
  if (!isAlive(pid)) return false;
  const current = processIdentity(pid);
  return identity === undefined || current === undefined || current === identity;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // A process of another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
