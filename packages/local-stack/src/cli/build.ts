import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../machine/run.js';
import { StackError } from '../machine/stack-error.js';
import { projectRoot } from '../project.js';
import type { StackReporter } from '../report.js';

/** Builds the services and what they stand on; what has not changed comes from turbo's cache. */
export async function build(report: StackReporter): Promise<void> {
  await report.step('build', buildServices, (line) => line);
}

async function buildServices(progress: (line: string) => void): Promise<string> {
  const turbo = join(projectRoot, 'node_modules', '.bin', 'turbo');
  if (!existsSync(turbo)) throw new StackError('The packages are not installed.', 'type: pnpm install');
  const outcome = await run(turbo, ['run', 'build', '--ui=stream', '--output-logs=new-only', '--filter=./apps/*'], {
    cwd: projectRoot,
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' },
    onLine: (line) => {
      const started = /^(\S+):build: cache miss/.exec(line)?.[1];
      if (started !== undefined) progress(`compiling ${started}`);
    },
  });
  const counted = /(\d+) successful, (\d+) total/.exec(outcome.output);
  const cached = /(\d+) cached/.exec(outcome.output)?.[1] ?? '0';
  if (outcome.code === 0) return `${counted?.[2] ?? 'all'} packages, ${cached} of them unchanged`;
  const errors = outcome.output.split('\n').filter((line) => /error|failed/i.test(line));
  throw new StackError(
    `The build failed:\n${errors.slice(0, 20).join('\n')}`,
    'correct what is named above, and start again',
  );
}
