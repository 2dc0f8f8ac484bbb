import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from '@saga-checkout/local-stack';

/** The document that a person follows, and so does the trial. */
const DOCUMENT = 'docs/operations.md';

/** When a block is to be run; its first line says so. */
export type Moment = 'before the participants start' | 'once the participants run' | 'once the orchestrators run';

/** Runs what the document has for that moment under the heading; returns what it printed. Does nothing if there is nothing. */
export async function follow(heading: string, moment: Moment, environment: Record<string, string>): Promise<string> {
  const block = blocksUnder(heading).find((each) => each.startsWith(`# ${moment}\n`));
  if (block === undefined) return '';
  const [names] = blocksUnder('The order of things');
  const script = `${names}\n${block}`;
  const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', script], {
    env: { ...process.env, ...environment },
    timeout: 120_000,
  });
  return stdout;
}

/** The shell blocks under a heading of the document. @throws if there are none */
function blocksUnder(heading: string): string[] {
  const sections = readFileSync(join(projectRoot, DOCUMENT), 'utf8').split(/^##+ /m);
  const section = sections.find((each) => each.startsWith(`${heading}\n`)) ?? '';
  const blocks = [...section.matchAll(/^```sh no-run\n(.*?)^```$/gms)].map(([, code = '']) => code);
  if (blocks.length === 0) throw new Error(`${DOCUMENT} has no commands under “${heading}”`);
  return blocks;
}
