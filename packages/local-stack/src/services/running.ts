import { join } from 'node:path';
import { readJson, removeFile, writeJson } from '../machine/json-file.js';
import { isAlive, type ProcessRef, refOf } from '../machine/processes.js';
import { openPlace } from '../place.js';
import { projectRoot } from '../project.js';
import type { Environment } from '../settings.js';
import type { Services } from './services.js';

/** The services that `npm start` runs at the moment, as another terminal can read it. */
export interface RunningServices {
  readonly supervisor: ProcessRef;
  /** The workspace they were started from. */
  readonly root: string;
  readonly services: readonly { readonly name: string; readonly url: string; readonly logFile: string }[];
}

const fileOf = (environment: Environment) => join(openPlace('dev', environment).folder, 'services.json');

/** What runs, unless whoever ran it has ended. */
export function findRunningServices(environment: Environment): RunningServices | undefined {
  const found = readJson<RunningServices>(fileOf(environment));
  return found && isAlive(found.supervisor) ? found : undefined;
}

export function rememberServices(environment: Environment, services: Services): void {
  const supervisor = refOf(process.pid);
  if (!supervisor) return;
  const list = services.list().map(({ name, url, logFile }) => ({ name, url, logFile }));
  const running: RunningServices = { supervisor, root: projectRoot, services: list };
  writeJson(fileOf(environment), running);
}

export const forgetServices = (environment: Environment): void => removeFile(fileOf(environment));
