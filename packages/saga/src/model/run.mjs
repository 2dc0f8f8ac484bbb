/**
 * Tries as many random cases as wanted: `pnpm --filter @saga-checkout/saga model --runs 1000000`; of the core, and a
 * hundredth as many of the whole runtime. `--only core` or `--only runtime` tries one of them. With `--only`, `--seed` and
 * `--path`, as a failure prints them, exactly that case is tried again.
 */
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';

const text = { type: 'string' };
const { values } = parseArgs({ options: { runs: text, seed: text, path: text, only: text } });
const { seed, path, only = '' } = values;
const { runs = path === undefined ? '100000' : '1' } = values;
const env = { ...process.env, MODEL_RUNS: runs };
if (seed !== undefined) env.MODEL_SEED = seed;
if (path !== undefined) env.MODEL_PATH = path;
const args = ['run', `src/model/${only}`, '--disable-console-intercept', '--reporter=default'];
spawn('vitest', args, { env, stdio: 'inherit' }).once('exit', (code) => {
  process.exitCode = code ?? 1;
});
