/**
 * The `dev` script of every service, run in its folder: compiles at every change, and restarts the service when that
 * has changed something. Both end together.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { basename } from 'node:path';

const project = existsSync('tsconfig.build.json') ? 'tsconfig.build.json' : 'tsconfig.json';
const compile = ['-p', project];

// The service cannot be watched before it is there.
if (!existsSync('dist/main.js')) {
  const { status } = spawnSync('tsc', compile, { stdio: 'inherit' });
  if (!existsSync('dist/main.js')) process.exit(status || 1);
}

const children = [
  spawn('tsc', [...compile, '--watch', '--preserveWatchOutput'], { stdio: 'inherit' }),
  spawn(process.execPath, ['--watch', ...(existsSync('.env') ? ['--env-file=.env'] : []), 'dist/main.js'], {
    stdio: 'inherit',
    env: ownEnvironment(),
  }),
];

let ending = false;
for (const child of children) {
  child.once('error', (error) => end(1, error.message));
  child.once('exit', (code) => end(code ?? 0));
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => end(0));

function end(code, why) {
  if (why) console.error(why);
  if (ending) return;
  ending = true;
  process.exitCode = code;
  for (const child of children) child.kill('SIGTERM');
}

/** `pnpm dev` gives every service what is its own by the service's name: ORDER_SERVICE_DB_URL, ORDER_SERVICE_PORT. */
function ownEnvironment() {
  const env = { ...process.env };
  const prefix = basename(process.cwd()).toUpperCase().replaceAll('-', '_');
  for (const name of ['PORT', 'DB_URL']) if (env[`${prefix}_${name}`]) env[name] = env[`${prefix}_${name}`];
  return env;
}
