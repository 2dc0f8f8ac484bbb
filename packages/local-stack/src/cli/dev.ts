import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { howToType } from '../machine/how-to-type.js';
import { projectRoot } from '../project.js';
import { chooseServicePorts, localUrl } from '../services/choose-ports.js';
import { migrate, seed } from '../services/databases.js';
import { definitions, serviceNames } from '../services/definitions.js';
import { databaseUrl } from '../services/environment.js';
import type { Environment } from '../settings.js';
import { type Stack, startStack } from '../stack.js';
import { build } from './build.js';
import { ConsoleReport } from './console-report.js';
import { sayWhatRuns } from './what-runs.js';

/** `pnpm dev`: the stack, the databases, and all five services in watch mode through turbo. Gives the exit code. */
export async function dev(environment: Environment): Promise<number> {
  if (await sayWhatRuns(environment)) return 0;
  const report = new ConsoleReport();
  const [stack] = await Promise.all([startStack({ profile: 'dev', environment, report }), build(report)]);
  await migrate({ stack }, report);
  await seed({ stack }, report);
  const urls = await environmentOfAll(stack, environment, report);
  // In the same process group as we are: Ctrl-C in the terminal reaches turbo and the watchers as well.
  const turbo = spawn(
    join(projectRoot, 'node_modules', '.bin', 'turbo'),
    ['run', 'dev', '--ui=stream', '--filter=./apps/*'],
    {
      cwd: projectRoot,
      env: { ...process.env, ...urls, TURBO_TELEMETRY_DISABLED: '1' },
      stdio: 'inherit',
    },
  );
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => turbo.kill(name));
  const [code] = (await once(turbo, 'exit')) as [number | null];
  report.line(`RabbitMQ and Postgres stay up: ${howToType('stack down')} ends them`);
  return code ?? 0;
}

/** One environment for all five, since turbo has only one: what differs bears the service's name (see watch.mjs). */
async function environmentOfAll(
  stack: Stack,
  environment: Environment,
  report: ConsoleReport,
): Promise<Record<string, string>> {
  const ports = await chooseServicePorts(serviceNames, environment, report);
  const all: Record<string, string> = { RABBITMQ_URL: stack.rabbitmq.url };
  // Turbo reads what the services write, so they do not see that a person does.
  if (process.stdout.isTTY && !environment.LOG_PRETTY) all.LOG_PRETTY = 'true';
  for (const [name, port] of ports) {
    const { portVariable } = definitions[name];
    all[portVariable] = String(port);
    if (name !== 'api-gateway') all[portVariable.replace(/PORT$/, 'URL')] = localUrl(port);
    const database = databaseUrl({ stack }, name);
    if (database !== undefined) all[portVariable.replace(/PORT$/, 'DB_URL')] = database;
  }
  return all;
}
