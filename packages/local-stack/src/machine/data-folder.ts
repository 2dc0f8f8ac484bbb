import { accessSync, chownSync, constants, mkdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { Environment } from '../settings.js';
import { isRoot } from './accounts.js';
import type { Account } from './processes.js';
import { messageOf, StackError } from './stack-error.js';

/**
 * Where binaries, data, logs and state live: outside of the project, since servers that run as another user could not
 * reach into a folder that only root may read. As root below /var/lib, else below the home folder.
 */
export function dataFolderFor(chosen: string | undefined, source: Environment): string {
  if (chosen !== undefined) return resolve(chosen);
  if (isRoot()) return '/var/lib/saga-checkout';
  return join(source.XDG_DATA_HOME || join(homedir(), '.local', 'share'), 'saga-checkout');
}

/** Makes a folder, and its owner the account that will write there. */
export function makeFolder(path: string, owner?: Account): string {
  try {
    mkdirSync(path, { recursive: true, mode: 0o755 });
    if (owner) chownSync(path, owner.uid, owner.gid);
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
    return path;
  } catch (error) {
    throw new StackError(
      `The data folder ${path} cannot be made or written to (${messageOf(error)}).`,
      'make it writable for this user, or set STACK_DATA to a folder that is',
    );
  }
}

/** As root, servers run as somebody else, who must be able to walk down to the folder. */
export function requireReachable(path: string, account: Account | undefined): void {
  if (!account) return;
  for (let folder = path; ; folder = dirname(folder)) {
    if (!mayEnter(folder, account)) {
      throw new StackError(
        `The data folder ${path} cannot be reached by user ${account.name}, as whom the servers run: ${folder} is private.`,
        `set STACK_DATA to a folder outside of it, or unset it to use /var/lib/saga-checkout`,
      );
    }
    if (folder === dirname(folder)) return;
  }
}

function mayEnter(folder: string, account: Account): boolean {
  const { mode, uid, gid } = statSync(folder);
  const bit = uid === account.uid ? constants.S_IXUSR : gid === account.gid ? constants.S_IXGRP : constants.S_IXOTH;
  return (mode & bit) !== 0;
}
