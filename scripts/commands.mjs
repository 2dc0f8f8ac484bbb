/** What stands behind the scripts of package.json: the preparation, then the command itself on the pinned Node. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { doctor } from './doctor.mjs';
import { Problem, prepare, root } from './prepare.mjs';

const cli = join('packages', 'local-stack', 'dist', 'cli', 'main.js');

/** The file that does a command's work. `test` builds by itself, and counts that as a check. */
const commands = {
  start: { file: cli, builds: ['local-stack'] },
  dev: { file: cli, builds: ['local-stack'] },
  stack: { file: cli, builds: ['local-stack'] },
  audit: { file: join('scripts', 'audit.mjs'), builds: ['local-stack', 'auditor'] },
  dlq: { file: join('scripts', 'dlq.mjs'), builds: [] },
  test: { file: join('scripts', 'test.mjs'), builds: [] },
};

/** What its commands are not told: their own names. */
const nameless = new Set(['audit', 'dlq', 'test']);

/** Runs a command to its end and exits with its code. */
export async function runCommand(name, args) {
  try {
    if (name === 'doctor') return process.exit(await doctor(args));
    const command = commands[name];
    if (!command)
      throw new Problem(`There is no command "${name}".`, `take one of ${Object.keys(commands).join(', ')}`);
    const startedAtMs = Date.now();
    if (name === 'start' || name === 'test') console.log();
    const { node, env } = await prepare(command);
    const passed = nameless.has(name) ? args : [name, ...args];
    await become(node, [join(root, command.file), ...passed], { ...env, STARTED_AT_MS: String(startedAtMs) });
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    console.error(`\n${error.message}\n  What to do: ${error.cure}\n`);
    // Of an audit, 1 would say that something is broken; of dead letters, that one was refused.
    process.exit(name === 'audit' || name === 'dlq' ? 2 : 1);
  }
}

/** Goes on as another process: signals are passed on, and its end is ours. */
function become(command, args, env) {
  const child = spawn(command, args, { cwd: root, env, stdio: 'inherit' });
  // In a terminal Ctrl-C reaches the child by itself; passed on as well, it would count as a second one.
  process.on('SIGINT', () => {});
  for (const name of ['SIGTERM', 'SIGHUP']) process.on(name, () => child.kill(name));
  return new Promise((_resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => process.exit(signal ? 130 : (code ?? 1)));
  });
}
