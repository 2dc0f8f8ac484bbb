/** `pnpm audit:invariants`: the auditor, a process of its own, told where the local stack is unless the environment says. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { devStackStatus } from '../packages/local-stack/dist/dev-stack.js';
import { describeError } from '../packages/local-stack/dist/index.js';
import { root } from './prepare.mjs';

const servers = await devStackStatus(process.env).catch((error) => {
  console.error(describeError(error));
  process.exit(2); // 1 would say that something is broken
});
const endpointOf = (name) => servers.find((server) => server.name === name)?.endpoint;

/** The same Postgres server's URL for another database. */
function databaseUrl(database) {
  const url = new URL(endpointOf('Postgres').url);
  url.pathname = `/${database}`;
  return url.href;
}

const { url, managementUrl } = endpointOf('RabbitMQ');
const found = {
  ORDERS_DB_URL: databaseUrl('orders'),
  INVENTORY_DB_URL: databaseUrl('inventory'),
  PAYMENTS_DB_URL: databaseUrl('payments'),
  ORCHESTRATOR_DB_URL: databaseUrl('orchestrator'),
  RABBITMQ_URL: url,
  ...(managementUrl && { RABBITMQ_MANAGEMENT_URL: managementUrl }),
};
const said = Object.fromEntries(Object.entries(process.env).filter(([, value]) => value !== ''));
const auditor = join(root, 'packages', 'auditor', 'dist', 'main.js');
const child = spawn(process.execPath, [auditor, ...process.argv.slice(2)], {
  env: { ...found, ...said },
  stdio: 'inherit',
});
child.once('exit', (code) => {
  process.exitCode = code ?? 2;
});
