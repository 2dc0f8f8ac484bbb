import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '@saga-checkout/local-stack';

/** The machine in words that name nobody: `2 cores, 23 GiB of memory, Node 24.21.0`. */
export const machine = (): string =>
  `${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GiB of memory, Node ${process.versions.node}`;

/**
 * Writes what a command has found to `docs/results/<name>.md`, over what it found before: what stands there is the newest,
 * with its date; earlier ones are in the history. Gives the path.
 */
export function writeResults(name: string, markdown: string): string {
  const file = join('docs', 'results', `${name}.md`);
  mkdirSync(join(projectRoot, 'docs', 'results'), { recursive: true });
  writeFileSync(join(projectRoot, file), markdown);
  return file;
}
