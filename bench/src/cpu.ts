import { readdirSync, readFileSync } from 'node:fs';

/** Clock ticks per second of /proc on Linux. */
const TICKS = 100;

function statOf(pid: number | string): { seconds: number; childSeconds: number; parent: number } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const at = (index: number) => fields[index] ?? 0;
    return { seconds: (at(11) + at(12)) / TICKS, childSeconds: (at(13) + at(14)) / TICKS, parent: at(1) };
  } catch {
    return undefined;
  }
}

/** CPU seconds that a process has used so far; NaN where /proc is not there. */
export function cpuOf(pid: number): number {
  return statOf(pid)?.seconds ?? Number.NaN;
}

/** CPU seconds of a process and everything below it, the ended children included (Postgres: one process per connection). */
export function cpuOfTree(pid: number): number {
  const own = statOf(pid);
  if (own === undefined) return Number.NaN;
  let total = own.seconds + own.childSeconds;
  for (const entry of readdirSync('/proc')) {
    if (/^\d+$/.test(entry) && statOf(entry)?.parent === pid) total += cpuOfTree(Number(entry));
  }
  return total;
}

/** Seconds that a process has waited so far for a core that others used, its main thread alone; NaN where /proc is not there. */
export function waitedOf(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[1]) / 1e9;
  } catch {
    return Number.NaN;
  }
}

/** Resident memory of a process in MB. */
export function memoryOf(pid: number): number {
  try {
    const line = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return Number(line?.[1]) / 1024;
  } catch {
    return Number.NaN;
  }
}
