import type { ServerStatus } from '../dev-stack.js';
import { findEngine } from '../docker.js';
import { serverAccount } from '../machine/accounts.js';
import { dataFolderFor, requireReachable } from '../machine/data-folder.js';
import { run } from '../machine/run.js';
import { findPackagedPostgres } from '../postgres/binaries.js';
import { findRabbitmq } from '../rabbitmq/binaries.js';
import { planInstall, thisMachine } from '../rabbitmq/install.js';
import { type Environment, readSettings, withoutPassword } from '../settings.js';
import { type Check, guarded } from './check.js';

/** Where RabbitMQ and Postgres are, or would come from. */
export async function serverChecks(environment: Environment, servers: readonly ServerStatus[]): Promise<Check[]> {
  const engine = await findEngine(run);
  const docker: Check = {
    name: 'docker',
    status: 'ok',
    detail: engine.ok ? 'an engine is running' : `${engine.why}: not needed`,
  };
  const checks = servers.map((server) => {
    if (server.up || server.origin === 'environment') return whatIs(server);
    const { use } = readSettings(environment);
    if (engine.ok && use !== 'native')
      return { name: server.name, status: 'ok' as const, detail: 'would run in docker' };
    return server.name === 'RabbitMQ' ? rabbitmqCheck() : guarded('Postgres', async () => postgresCheck(environment));
  });
  return [docker, ...(await Promise.all(checks))];
}

function whatIs({ name, up, origin, detail, endpoint }: ServerStatus): Check {
  const url = withoutPassword(endpoint.url);
  if (up) return { name, status: 'ok', detail: `${detail} is up at ${url} (${origin})` };
  const cure = 'start it or correct the URL, or unset the variable to have one started here';
  return { name, status: 'fail', detail: `the environment names ${url}, which does not let us in (${detail})`, cure };
}

function rabbitmqCheck(): Check {
  const name = 'RabbitMQ';
  const found = findRabbitmq();
  if (found) return { name, status: 'ok', detail: `${found.version} is installed (${found.server})` };
  const plan = planInstall(thisMachine());
  if (plan.way === 'apt') return { name, status: 'ok', detail: 'not installed; would be installed with apt' };
  return {
    name,
    status: 'fail',
    detail: 'not installed, and no docker engine is running',
    cure: `type: ${plan.command}`,
  };
}

function postgresCheck(environment: Environment): Check {
  const { version } = findPackagedPostgres();
  // Throws when there is nobody to run it as, or the data folder is out of that user's reach.
  const account = serverAccount(['postgres'], { make: false });
  requireReachable(dataFolderFor(readSettings(environment).dataFolder, environment), account);
  return { name: 'Postgres', status: 'ok', detail: `${version} comes with the packages` };
}
