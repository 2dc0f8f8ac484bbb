import { execFileSync } from 'node:child_process';
import type { Account } from './processes.js';
import { messageOf, StackError } from './stack-error.js';

const ownAccountName = 'saga-checkout';

/** Whether we are root: then servers that refuse to run as root need somebody else to run as. */
export const isRoot = (): boolean => process.getuid?.() === 0;

function findAccount(name: string): Account | undefined {
  try {
    const ask = (flag: string) => Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: 'pipe' }));
    return { name, uid: ask('-u'), gid: ask('-g') };
  } catch {
    return undefined; // no such user
  }
}

/**
 * Who a server runs as: ourselves, unless we are root. Then the first of `names` that exists, or a user of our own,
 * which is made when it does not exist yet, unless `make` is false.
 */
export function serverAccount(names: readonly string[], options = { make: true }): Account | undefined {
  if (!isRoot()) return undefined;
  for (const name of [...names, ownAccountName]) {
    const account = findAccount(name);
    if (account && account.uid !== 0) return account;
  }
  return options.make ? makeAccount() : undefined;
}

function makeAccount(): Account {
  const ways: [string, string[]][] = [
    ['useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', ownAccountName]],
    ['adduser', ['-S', '-D', '-H', '-s', '/sbin/nologin', ownAccountName]], // busybox
  ];
  let why = '';
  for (const [command, args] of ways) {
    try {
      execFileSync(command, args, { stdio: 'pipe' });
      const account = findAccount(ownAccountName);
      if (account) return account;
    } catch (error) {
      why ||= messageOf(error).split('\n')[0] ?? '';
    }
  }
  throw new StackError(
    `Postgres refuses to run as root, and no unprivileged user could be made (${why}).`,
    `make one (useradd --system ${ownAccountName}), or run this as an ordinary user`,
  );
}
