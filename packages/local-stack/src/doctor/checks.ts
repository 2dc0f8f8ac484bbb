import { statfsSync } from 'node:fs';
import { totalmem } from 'node:os';
import { devStackStatus } from '../dev-stack.js';
import { dataFolderFor, makeFolder } from '../machine/data-folder.js';
import { findRunningServices } from '../services/running.js';
import { type Environment, readSettings } from '../settings.js';
import { type Check, guarded } from './check.js';
import { portChecks } from './port-checks.js';
import { serverChecks } from './server-checks.js';

/** What the machine has for RabbitMQ, Postgres and the services. Starts and installs nothing. */
export async function checkMachine(environment: Environment): Promise<Check[]> {
  const environmentCheck = await guarded('environment', async () => {
    readSettings(environment);
    return { name: 'environment', status: 'ok', detail: 'what is set of it is well-formed' };
  });
  const folderCheck = await guarded('data folder', async () => dataFolderCheck(environment));
  const first = [environmentCheck, folderCheck, memoryCheck()];
  // The rest would only repeat what is wrong with these.
  if (first.some(({ status }) => status === 'fail')) return first;
  const servers = await devStackStatus(environment);
  const services = findRunningServices(environment)?.services ?? [];
  return [
    ...first,
    ...(await serverChecks(environment, servers)),
    ...(await portChecks(environment, servers, services)),
  ];
}

const mebibyte = 1024 * 1024;

function dataFolderCheck(environment: Environment): Check {
  const folder = makeFolder(dataFolderFor(readSettings(environment).dataFolder, environment));
  const { bavail, bsize } = statfsSync(folder);
  const freeMb = Math.floor((bavail * bsize) / mebibyte);
  const detail = `${folder}, ${freeMb} MB free`;
  if (freeMb >= 2_000) return { name: 'data folder', status: 'ok', detail };
  const cure = 'make room there, or set STACK_DATA to a folder on another disk';
  // Below 200 MB RabbitMQ takes no messages any more.
  return { name: 'data folder', status: freeMb < 500 ? 'fail' : 'warn', detail, cure };
}

function memoryCheck(): Check {
  const totalMb = Math.floor(totalmem() / mebibyte);
  const detail = `${totalMb} MB in all; about 1,500 are used`;
  if (totalMb >= 3_000) return { name: 'memory', status: 'ok', detail };
  return { name: 'memory', status: 'warn', detail, cure: 'end other programs before starting all of it' };
}
