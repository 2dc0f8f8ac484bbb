import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { inherited } from '../machine/inherited.js';

export interface RabbitmqBinaries {
  readonly server: string;
  readonly epmd: string;
  readonly version: string;
}

/** Where packages put the server script itself. Debian's /usr/sbin/rabbitmq-server only works for root. */
const usualFolders = [
  '/usr/lib/rabbitmq/bin',
  '/opt/homebrew/opt/rabbitmq/sbin',
  '/usr/local/opt/rabbitmq/sbin',
  '/home/linuxbrew/.linuxbrew/opt/rabbitmq/sbin',
  '/opt/rabbitmq/sbin',
];

/** The RabbitMQ that is installed on this machine, if there is one. */
export function findRabbitmq(folders: readonly string[] = usualFolders): RabbitmqBinaries | undefined {
  for (const folder of [...folders, ...pathFolders()]) {
    const server = join(folder, 'rabbitmq-server');
    const epmd = existsSync(server) ? findEpmd() : undefined;
    if (epmd) return { server, epmd, version: versionOf(server) };
  }
  return undefined;
}

function pathFolders(): string[] {
  const all = (inherited().PATH ?? '').split(delimiter).filter(Boolean);
  // The wrapper of Debian's package is of no use; the script behind it was looked for above.
  return all.filter((folder) => folder !== '/usr/sbin' && folder !== '/sbin');
}

function findEpmd(): string | undefined {
  const besidePath = pathFolders().map((folder) => join(folder, 'epmd'));
  const usual = ['/usr/bin/epmd', '/opt/homebrew/bin/epmd', '/usr/local/bin/epmd', ...epmdOfErlang('/usr/lib/erlang')];
  return [...besidePath, ...usual].find((path) => existsSync(path));
}

function epmdOfErlang(root: string): string[] {
  if (!existsSync(root)) return [];
  const runtimes = readdirSync(root).filter((name) => name.startsWith('erts-'));
  return runtimes.map((name) => join(root, name, 'bin', 'epmd'));
}

/** From the name of the folder the plugins lie in (fast), else unknown: asking the server would start an Erlang. */
function versionOf(server: string): string {
  const home = dirname(dirname(realpathSync(server)));
  const candidates = [home, join(home, 'lib')].filter((folder) => existsSync(folder));
  for (const folder of candidates) {
    for (const name of readdirSync(folder)) {
      const version = /^rabbitmq_server-(\d[\w.]*)$/.exec(name)?.[1];
      if (version) return version;
    }
  }
  return /(\d+\.\d+\.\d+)/.exec(home)?.[1] ?? debianVersion() ?? 'of unknown version';
}

function debianVersion(): string | undefined {
  try {
    const args = ['-W', '-f', '$' + '{Version}', 'rabbitmq-server'];
    return execFileSync('dpkg-query', args, { encoding: 'utf8', stdio: 'pipe' }).replace(/-.*/, '');
  } catch {
    return undefined; // not Debian, or not its package
  }
}
