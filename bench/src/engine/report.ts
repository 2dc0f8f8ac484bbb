import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import type { Findings } from './bench.js';

export interface Report {
  readonly began: Date;
  /** How long each load was, in s. */
  readonly seconds: number;
  /** The database server's version, if there was one. */
  readonly postgres: string | undefined;
  readonly findings: readonly Findings[];
}

/** The findings for people, as markdown. */
export function textOf({ began, seconds, postgres, findings }: Report): string {
  const server = postgres === undefined ? '' : `, Postgres ${postgres}; fsync and synchronous commit on`;
  const minutes = ((Date.now() - began.getTime()) / 60_000).toFixed(1);
  return `# The engine alone, ${began.toISOString()}

${cpus().length} cores (${cpus()[0]?.model}), ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}${server}.
Participants answer at once, within the engine's process, whose CPU includes them and the load. Each load goes on for
${seconds} s after a warm-up, and then until all have ended; each in a process and on tables of its own. ${minutes} minutes in all.

${findings.map(sectionOf).join('\n')}`;
}

function sectionOf({ title, note, head, rows }: Findings): string {
  const lines = [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`);
  return `## ${title}\n\n${note}\n\n${lines.join('\n')}\n`;
}

/** The findings for programs. */
export function jsonOf({ began, findings }: Report): string {
  return JSON.stringify({ at: began, findings: findings.map(({ title, data }) => ({ title, data })) }, null, 1);
}

/** Writes both into the folder, named after the time. */
export function keep(report: Report, folder: string): void {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${report.began.toISOString().slice(0, 16).replaceAll(':', '')}-engine`);
  writeFileSync(`${file}.md`, textOf(report));
  writeFileSync(`${file}.json`, `${jsonOf(report)}\n`);
}
