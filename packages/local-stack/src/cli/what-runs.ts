import { devStackStatus } from '../dev-stack.js';
import { findRunningServices } from '../services/running.js';
import type { Environment } from '../settings.js';
import { overview } from './overview.js';

/** When the services run already: says where, and gives true. */
export async function sayWhatRuns(environment: Environment): Promise<boolean> {
  const running = findRunningServices(environment);
  if (!running) return false;
  const servers = await devStackStatus(environment);
  const find = (name: string) => servers.find((server) => server.name === name);
  console.log(
    `\n  Already up: started by process ${running.supervisor.pid}, from ${running.root}. Ctrl-C there stops it.\n`,
  );
  for (const { name, up, detail } of servers) if (!up) console.log(`  Warning: ${name} does not answer (${detail})\n`);
  console.log(
    `${overview({
      services: running.services,
      rabbitmqUrl: find('RabbitMQ')?.endpoint.url ?? '',
      managementUrl: find('RabbitMQ')?.endpoint.managementUrl,
      postgresUrl: find('Postgres')?.endpoint.url ?? '',
    })}\n`,
  );
  return true;
}
