/**
 * Tries as many random cases as wanted: `pnpm --filter @saga-checkout/saga model --runs 1000000`. With `--seed` and
 * `--path`, as a failure prints them, exactly that case again.
 */
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';

const text = { type: 'string' };
const { values } = parseArgs({ options: { runs: text, seed: text, path: text } });
const { runs = '100000', seed, path } = values;
const env = { ...process.env, MODEL_RUNS: runs };
if (seed !== undefined) env.MODEL_SEED = seed;
if (path !== undefined) env.MODEL_PATH = path;
const args = ['run', 'src/model/', '--disable-console-intercept', '--reporter=default'];
spawn('vitest', args, { env, stdio: 'inherit' }).once('exit', (code) => {
  process.exitCode = code ?? 1;
});
