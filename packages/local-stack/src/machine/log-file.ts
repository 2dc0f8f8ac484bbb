import { existsSync, readFileSync } from 'node:fs';

/** The last lines of a log, or of those that match: what a person would look for first. */
export function lastLines(path: string, count: number, matching?: RegExp): string {
  if (!existsSync(path)) return `nothing was written to ${path}`;
  const lines = readFileSync(path, 'utf8').split('\n').filter(Boolean);
  const chosen = matching ? lines.filter((line) => matching.test(line)) : lines;
  return (chosen.length > 0 ? chosen : lines).slice(-count).join('\n');
}
