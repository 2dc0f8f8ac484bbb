import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { isRoot } from '../machine/accounts.js';
import type { Run } from '../machine/run.js';
import { StackError } from '../machine/stack-error.js';

export type InstallPlan =
  | { readonly way: 'apt' }
  /** What a person has to type, since we may not, or do not know how. */
  | { readonly way: 'by-hand'; readonly command: string };

export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly root: boolean;
  readonly has: (path: string) => boolean;
}

export const thisMachine = (): Machine => ({ platform: process.platform, root: isRoot(), has: existsSync });

/** How RabbitMQ would come onto this machine. */
export function planInstall(machine: Machine): InstallPlan {
  if (machine.platform === 'darwin') return { way: 'by-hand', command: 'brew install rabbitmq' };
  if (machine.platform !== 'linux') return { way: 'by-hand', command: 'docker compose up -d rabbitmq' };
  if (machine.has('/usr/bin/apt-get') && machine.has('/etc/debian_version')) {
    return machine.root ? { way: 'apt' } : { way: 'by-hand', command: 'sudo apt-get install -y rabbitmq-server' };
  }
  const sudo = machine.root ? '' : 'sudo ';
  if (machine.has('/usr/bin/dnf')) return { way: 'by-hand', command: `${sudo}dnf install -y rabbitmq-server` };
  if (machine.has('/sbin/apk')) return { way: 'by-hand', command: `${sudo}apk add rabbitmq-server` };
  if (machine.has('/usr/bin/pacman')) return { way: 'by-hand', command: `${sudo}pacman -S --noconfirm rabbitmq` };
  return { way: 'by-hand', command: 'docker compose up -d rabbitmq' };
}

export interface InstallTools {
  readonly run: Run;
  readonly environment: NodeJS.ProcessEnv;
  readonly has: (path: string) => boolean;
  readonly write: (path: string, text: string, mode: number) => void;
  readonly remove: (path: string) => void;
  readonly onLine: (line: string) => void;
}

export const installTools = (
  run: Run,
  environment: NodeJS.ProcessEnv,
  onLine: (line: string) => void,
): InstallTools => ({
  run,
  environment,
  has: existsSync,
  write: (path, text, mode) => writeFileSync(path, text, { mode }),
  remove: (path) => rmSync(path, { force: true }),
  onLine,
});

/** Debian's hook that decides whether a package may start its service while it is being installed; 101 means no. */
const policyFile = '/usr/sbin/policy-rc.d';
const aptArgs = ['install', '-y', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=120', 'rabbitmq-server'];

/**
 * Installs Debian's package, without its service: that one would listen on all interfaces, with another login. The
 * lists of packages are only fetched when the package is not found in the ones at hand.
 */
export async function installWithApt(tools: InstallTools): Promise<void> {
  const forbid = !tools.has(policyFile);
  if (forbid) tools.write(policyFile, '#!/bin/sh\nexit 101\n', 0o755);
  try {
    let last = await aptGet(tools, aptArgs);
    if (last.code !== 0) {
      await aptGet(tools, ['update']);
      last = await aptGet(tools, aptArgs);
    }
    if (last.code !== 0) {
      const why = /^E: .*$/m.exec(last.output)?.[0] ?? `apt-get ended with code ${last.code}`;
      throw new StackError(
        `RabbitMQ could not be installed with apt (${why}).`,
        'see that apt-get works (apt-get update && apt-get install rabbitmq-server), or start docker, or set RABBITMQ_URL',
      );
    }
  } finally {
    if (forbid) tools.remove(policyFile);
  }
  await endService(tools);
}

function aptGet(tools: InstallTools, args: readonly string[]) {
  const env = { ...tools.environment, DEBIAN_FRONTEND: 'noninteractive' };
  return tools.run('apt-get', args, { env, timeoutMs: 600_000, onLine: tools.onLine });
}

/** Where systemd runs, the package's service would start with the machine, and hold the default port then. */
async function endService(tools: InstallTools): Promise<void> {
  if (!tools.has('/run/systemd/system')) return;
  await tools.run('systemctl', ['disable', '--now', 'rabbitmq-server'], { timeoutMs: 60_000 });
}
