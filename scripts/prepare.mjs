/** Gets pnpm and the packages into the project, with nothing but Node and npm. Quick when there is nothing to do. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
export const pnpmVersion = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).devEngines.packageManager
  .version;

const ownPnpm = join(root, '.cache', 'pnpm', 'node_modules', '.bin');
const bin = join(root, 'node_modules', '.bin');
const stamp = join(root, 'node_modules', '.installed-for');

/** Something a person has to know and can cure. */
export class Problem extends Error {
  constructor(message, cure) {
    super(message);
    this.cure = cure;
  }
}

/** Gives the pinned Node, and an environment in which it, pnpm and the packages' commands are found. `builds`: which packages. */
export async function prepare({ builds }) {
  const env = environment();
  if (!isInstalled()) await install(env);
  if (builds.length > 0) await buildPackages(builds, env);
  return { node: realpathSync(join(bin, 'node')), env };
}

/** Whether node_modules is what the lockfile asks for. */
export function isInstalled() {
  return existsSync(join(bin, 'node')) && existsSync(stamp) && readFileSync(stamp, 'utf8') === fingerprint();
}

function fingerprint() {
  const hash = createHash('sha256');
  for (const name of ['pnpm-lock.yaml', 'pnpm-workspace.yaml']) hash.update(readFileSync(join(root, name)));
  return hash.digest('hex');
}

function environment() {
  const env = {
    ...process.env,
    COREPACK_ENABLE_DOWNLOAD_PROMPT: '0',
    TURBO_TELEMETRY_DISABLED: '1',
    DO_NOT_TRACK: '1',
  };
  // With "production", the tools that build and test would not be installed.
  if (env.NODE_ENV === 'production') delete env.NODE_ENV;
  env.PATH = [bin, ownPnpm, env.PATH].join(delimiter);
  return env;
}

async function install(env) {
  const pnpm = await findPnpm(env);
  const result = await step('packages', pnpm, ['install', '--frozen-lockfile', '--reporter=append-only'], {
    // Nobody can be asked whether an old node_modules may go.
    env: { ...env, CI: 'true' },
    done: 'installed',
  });
  if (result.code !== 0) throw installProblem(result.output);
  if (!existsSync(join(bin, 'node'))) {
    throw new Problem(
      'The packages are installed, but without their build scripts: the pinned Node is missing.',
      'allow them (npm config set ignore-scripts false), remove node_modules, and start again',
    );
  }
  writeFileSync(stamp, fingerprint());
}

function installProblem(output) {
  if (/OUTDATED_LOCKFILE/.test(output)) {
    return new Problem(
      'pnpm-lock.yaml does not fit the package.json files.',
      'type: pnpm install, and commit the lockfile',
    );
  }
  const line = firstError(output);
  if (/ENOTFOUND|EAI_AGAIN|ECONN|ETIMEDOUT|fetch failed|network|META_FETCH/i.test(output)) return registryProblem(line);
  return new Problem(
    `The packages could not be installed (${line}).`,
    'see what is named there; "npm run doctor" may know more',
  );
}

const registryProblem = (line) =>
  new Problem(
    `The npm registry could not be reached (${line}).`,
    'check the connection and the proxy, and "npm config get registry"; then start again',
  );

const firstError = (output) =>
  output
    .split('\n')
    .find((line) => /ERR|error|failed/i.test(line))
    ?.trim()
    .slice(0, 200) ?? 'no reason given';

/** The pnpm we fetched before, one of the same major version on the path, or one that is fetched now. */
async function findPnpm(env) {
  const own = join(ownPnpm, 'pnpm');
  if ((await versionOf(own, env)) === pnpmVersion) return own;
  const onPath = await versionOf('pnpm', { ...env, PATH: process.env.PATH });
  if (onPath?.split('.')[0] === pnpmVersion.split('.')[0]) return 'pnpm';
  const folder = join(root, '.cache', 'pnpm');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  const args = ['install', '--prefix', folder, '--no-audit', '--no-fund', '--loglevel=error', `pnpm@${pnpmVersion}`];
  const result = await step('pnpm', 'npm', args, { env, done: `${pnpmVersion} fetched into .cache/pnpm` });
  if (result.code === 127)
    throw new Problem('There is no npm beside this Node.', 'install Node with npm (https://nodejs.org)');
  if (result.code !== 0) throw registryProblem(firstError(result.output));
  return own;
}

async function versionOf(pnpm, env) {
  // Asked from outside of the project, so that no version switching sets in.
  const { code, output } = await run(pnpm, ['--version'], { env, cwd: dirname(root), timeoutMs: 10_000 });
  return code === 0 ? output.trim() : undefined;
}

/** The commands themselves are in packages of this workspace; turbo knows whether they have changed. */
async function buildPackages(names, env) {
  const filters = names.map((name) => `--filter=@saga-checkout/${name}`);
  const args = ['run', 'build', '--ui=stream', '--output-logs=errors-only', ...filters];
  const result = await run(join(bin, 'turbo'), args, { env });
  if (result.code === 0) return;
  const errors = result.output
    .split('\n')
    .filter((line) => /error/i.test(line))
    .slice(0, 10);
  const folders = names.map((name) => `packages/${name}`).join(' or ');
  throw new Problem(`${folders} does not build:\n${errors.join('\n')}`, 'correct what is named there');
}

/** Runs a long command: says what it is at every ten seconds, and how long it took. */
async function step(name, command, args, { env, done }) {
  const began = performance.now();
  const seconds = () => ((performance.now() - began) / 1000).toFixed(1);
  // Not on standard output: that may be read by a program.
  const say = (text) => console.error(`  ${name.padEnd(14)} ${text}`);
  let at = 'working';
  let timer = setTimeout(function tick() {
    say(`... ${at} (${seconds()} s so far)`);
    timer = setTimeout(tick, 10_000);
  }, 4_000);
  const onLine = (line) => {
    at = line.trim().slice(0, 100) || at;
  };
  const result = await run(command, args, { env, onLine });
  clearTimeout(timer);
  say(result.code === 0 ? `${done}  ${seconds()} s` : `failed  ${seconds()} s`);
  return result;
}

/** Runs a command to its end; one that does not exist ends with code 127. */
export function run(command, args, { env, cwd = root, timeoutMs, onLine = () => {} }) {
  return new Promise((resolve) => {
    // On Windows, npm and pnpm are scripts, which only a shell can run.
    const shell = process.platform === 'win32';
    const child = spawn(command, args, { cwd, env, shell, timeout: timeoutMs, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output += text;
        onLine(text.trimEnd().split('\n').at(-1));
      });
    }
    child.once('error', (error) => resolve({ code: 127, output: error.message }));
    child.once('close', (code) => resolve({ code: code ?? 1, output }));
  });
}
