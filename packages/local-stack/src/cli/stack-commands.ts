import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import pg from 'pg';
import { devStackStatus, resetDevStack, stopDevStack } from '../dev-stack.js';
import { howToType } from '../machine/how-to-type.js';
import { messageOf, StackError } from '../machine/stack-error.js';
import { postgresUrl, withDatabase } from '../postgres/probe.js';
import { findRunningServices } from '../services/running.js';
import { databaseNames, type Environment, withoutPassword } from '../settings.js';
import { startStack } from '../stack.js';
import { ConsoleReport } from './console-report.js';
import { table } from './table.js';

type Command = (args: readonly string[], environment: Environment) => Promise<number>;

/** `pnpm stack <command>`: what each does, in a line, and the doing. */
export const stackCommands: Readonly<Record<string, { readonly help: string; readonly run: Command }>> = {
  up: { help: 'start RabbitMQ and Postgres, or find them up; they go on afterwards', run: up },
  down: { help: 'end those that were started here', run: down },
  status: { help: 'what is up, where, and why (--json)', run: status },
  logs: { help: 'their logs and those of the services: [name] [-f]', run: logs },
  reset: { help: 'end them and delete their data; asks before, unless --yes', run: reset },
  sql: { help: 'a query: <database> "<sql>"', run: sql },
};

async function up(_args: readonly string[], environment: Environment): Promise<number> {
  const stack = await startStack({ profile: 'dev', environment, report: new ConsoleReport() });
  console.log();
  console.log(
    table([
      ['RABBITMQ_URL', stack.rabbitmq.url],
      ['RabbitMQ page', stack.rabbitmq.managementUrl ?? 'none'],
      ...databaseNames.map((name) => [`DB_URL ${name}`, stack.postgres.urlFor(name)]),
    ]),
  );
  return 0;
}

async function down(_args: readonly string[], environment: Environment): Promise<number> {
  refuseWhileRunning(environment, 'stack down');
  const report = new ConsoleReport();
  const names = await report.step(
    'stack',
    () => stopDevStack(environment),
    (all) => (all.length > 0 ? `stopped ${all.join(' and ')}` : 'nothing of ours was up'),
  );
  const left = (await devStackStatus(environment)).filter((server) => server.up && !names.includes(server.name));
  for (const { name, endpoint } of left) {
    report.line(`${name} at ${withoutPassword(endpoint.url)} is not ours, and stays up`);
  }
  return 0;
}

async function status(args: readonly string[], environment: Environment): Promise<number> {
  const servers = await devStackStatus(environment);
  const running = findRunningServices(environment);
  if (args.includes('--json')) {
    console.log(JSON.stringify({ servers, services: running?.services ?? [] }, null, 2));
  } else {
    const rows = servers.map(({ name, up: isUp, origin, detail, endpoint }) => [
      name,
      isUp ? 'up' : 'down',
      origin ?? '',
      withoutPassword(endpoint.url),
      detail,
    ]);
    const services = (running?.services ?? []).map(({ name, url }) => [name, 'up', `process`, url, '']);
    console.log(table([...rows, ...services]));
    if (!running) console.log(`\n  The services are not running: ${howToType('start')}`);
  }
  return servers.every((server) => server.up) ? 0 : 1;
}

async function logs(args: readonly string[], environment: Environment): Promise<number> {
  const follow = args.includes('-f') || args.includes('--follow');
  const wanted = args.filter((arg) => !arg.startsWith('-'));
  const files = await logFiles(environment);
  const unknown = wanted.find((name) => !files.some((file) => file.name === name));
  if (unknown !== undefined) {
    throw new StackError(`There is no log of "${unknown}".`, `take one of: ${files.map((f) => f.name).join(', ')}`);
  }
  const chosen = files.filter(({ name }) => wanted.length === 0 || wanted.includes(name)).map(({ path }) => path);
  if (chosen.length === 0) throw new StackError('There are no logs yet.', `type: ${howToType('start')}`);
  const tail = spawn('tail', ['-n', '50', ...(follow ? ['-F'] : []), ...chosen], { stdio: 'inherit' });
  process.on('SIGINT', () => {}); // it reaches tail as well, and we end when that ends
  const [code] = (await once(tail, 'exit')) as [number | null];
  return code ?? 0;
}

async function logFiles(environment: Environment): Promise<{ name: string; path: string }[]> {
  const servers = (await devStackStatus(environment)).flatMap(({ name, logFile }) =>
    logFile === undefined ? [] : [{ name: name.toLowerCase(), path: logFile }],
  );
  const services = (findRunningServices(environment)?.services ?? []).map(({ name, logFile }) => ({
    name,
    path: logFile,
  }));
  return [...servers, ...services].filter(({ path }) => existsSync(path));
}

async function reset(args: readonly string[], environment: Environment): Promise<number> {
  refuseWhileRunning(environment, 'stack reset');
  if (!args.includes('--yes') && !(await confirmed())) {
    console.log('  Nothing was deleted.');
    return 1;
  }
  const folder = await resetDevStack(environment);
  console.log(`  RabbitMQ and Postgres are down, and their data in ${folder} is deleted.`);
  return 0;
}

async function confirmed(): Promise<boolean> {
  if (!process.stdin.isTTY) {
    throw new StackError('This deletes all development data, and nobody can be asked here.', 'add --yes');
  }
  const questions = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await questions.question('  This deletes all development data: orders, stock, queues. Type yes: ');
  questions.close();
  return answer.trim().toLowerCase() === 'yes';
}

function refuseWhileRunning(environment: Environment, command: string): void {
  const running = findRunningServices(environment);
  if (!running) return;
  throw new StackError(
    `The services are running on this stack (process ${running.supervisor.pid}, from ${running.root}).`,
    `stop them with Ctrl-C there, then: ${howToType(command)}`,
  );
}

async function sql(args: readonly string[], environment: Environment): Promise<number> {
  const [database, query] = args;
  if (database === undefined || query === undefined) {
    throw new StackError('A database and a query are needed.', howToType('stack sql orders "select * from orders"'));
  }
  const server = (await devStackStatus(environment)).find(({ name }) => name === 'Postgres');
  const client = new pg.Client({ connectionString: withDatabase(server?.endpoint.url ?? postgresUrl(5432), database) });
  try {
    await client.connect();
    const { rows } = await client.query<Record<string, unknown>>(query);
    console.table(rows);
    return 0;
  } catch (error) {
    throw new StackError(`The query failed (${messageOf(error)}).`, `databases: ${databaseNames.join(', ')}`);
  } finally {
    await client.end().catch(() => {}); // it may never have been connected
  }
}
