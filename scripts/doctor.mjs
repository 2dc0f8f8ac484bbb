/** `npm run doctor [-- --json]`: every prerequisite, and the cure of what is missing. Changes nothing. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isInstalled, pnpmVersion, root, run } from './prepare.mjs';

const marks = { ok: 'ok  ', warn: 'warn', fail: 'FAIL' };

/** Gives the exit code: 1 when something is missing that everything needs. */
export async function doctor(args) {
  const checks = [...(await toolChecks()), ...(await machineChecks())];
  const failed = checks.some(({ status }) => status === 'fail');
  if (args.includes('--json')) {
    console.log(JSON.stringify({ ok: !failed, checks }, null, 2));
  } else {
    const width = Math.max(...checks.map(({ name }) => name.length));
    for (const { name, status, detail, cure } of checks) {
      console.log(`  ${marks[status]}  ${name.padEnd(width)}  ${detail}`);
      if (cure) console.log(`  ${' '.repeat(width + 8)}What to do: ${cure}`);
    }
    console.log(failed ? '\n  Something is missing: see FAIL.' : '\n  Nothing is missing.');
  }
  return failed ? 1 : 0;
}

async function toolChecks() {
  const [npm, registry, pnpm] = await Promise.all([npmCheck(), registryCheck(), pnpmCheck()]);
  const node = { name: 'Node', status: 'ok', detail: `${process.versions.node} (20.19 or newer is needed)` };
  return [node, npm, registry, pnpm, packagesCheck()];
}

async function npmCheck() {
  const { code, output } = await run('npm', ['--version'], { env: process.env, timeoutMs: 20_000 });
  if (code === 0) return { name: 'npm', status: 'ok', detail: output.trim().split('\n').at(-1) };
  return { name: 'npm', status: 'fail', detail: 'not found', cure: 'install Node with npm (https://nodejs.org)' };
}

async function registryCheck() {
  const args = [
    'view',
    `pnpm@${pnpmVersion}`,
    'version',
    '--fetch-timeout=8000',
    '--fetch-retries=0',
    '--loglevel=error',
  ];
  const { code } = await run('npm', args, { env: process.env, timeoutMs: 20_000 });
  if (code === 0) return { name: 'npm registry', status: 'ok', detail: 'answers' };
  // Once everything is installed, it is not needed any more.
  return {
    name: 'npm registry',
    status: isInstalled() ? 'warn' : 'fail',
    detail: 'does not answer within 8 s, or has no pnpm',
    cure: 'check the connection and the proxy, and "npm config get registry"',
  };
}

async function pnpmCheck() {
  const own = existsSync(join(root, '.cache', 'pnpm', 'node_modules', '.bin', 'pnpm'));
  if (own) return { name: 'pnpm', status: 'ok', detail: `${pnpmVersion} in .cache/pnpm` };
  const { code, output } = await run('pnpm', ['--version'], {
    env: process.env,
    cwd: join(root, '..'),
    timeoutMs: 10_000,
  });
  const found = code === 0 ? output.trim() : 'not found';
  const fits = found.split('.')[0] === pnpmVersion.split('.')[0];
  return {
    name: 'pnpm',
    status: 'ok',
    detail: fits ? found : `${found}; ${pnpmVersion} will be fetched into .cache/pnpm`,
  };
}

function packagesCheck() {
  if (isInstalled()) return { name: 'packages', status: 'ok', detail: 'as the lockfile asks for' };
  return { name: 'packages', status: 'warn', detail: 'not installed yet', cure: '"npm start" installs them' };
}

/** What is asked of the machine is in packages/local-stack, which must have been built for it. */
async function machineChecks() {
  const checks = join(root, 'packages', 'local-stack', 'dist', 'doctor', 'checks.js');
  const turbo = join(root, 'node_modules', '.bin', 'turbo');
  if (!existsSync(checks) && existsSync(turbo)) {
    const env = { ...process.env, PATH: `${join(root, 'node_modules', '.bin')}:${process.env.PATH}` };
    await run(turbo, ['run', 'build', '--filter=@saga-checkout/local-stack'], { env });
  }
  if (!existsSync(checks)) {
    const detail = 'ports, RabbitMQ, Postgres and folders are checked once the packages are installed';
    return [{ name: 'machine', status: 'warn', detail, cure: '"npm start" installs them' }];
  }
  const { checkMachine } = await import(checks);
  return checkMachine(process.env);
}
