import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { howToType } from '../machine/how-to-type.js';
import { run } from '../machine/run.js';
import { StackError } from '../machine/stack-error.js';
import { projectRoot } from '../project.js';
import { type StackReporter, silent } from '../report.js';
import { type ServiceName, serviceNames } from './definitions.js';
import { databaseUrl, type Surroundings } from './environment.js';

/** Brings every service's database to its newest schema, all at the same time. */
export async function migrate(surroundings: Surroundings, report: StackReporter = silent): Promise<void> {
  await report.step('migrations', () => runAll('dist/db/migrate.js', serviceNames, surroundings), listed);
}

/** Puts the ten products into the catalog; those that are there are left as they are. Gives what the seed printed. */
export async function seed(surroundings: Surroundings, report: StackReporter = silent): Promise<string> {
  const outputs = new Map<ServiceName, string>();
  await report.step(
    'seed',
    () => runAll('dist/db/seed.js', ['inventory-service'], surroundings, (name, output) => outputs.set(name, output)),
    listed,
  );
  return outputs.get('inventory-service') ?? '';
}

const listed = (names: readonly string[]): string => names.join(', ') || 'nothing to do';

async function runAll(
  script: string,
  services: readonly ServiceName[],
  surroundings: Surroundings,
  onOutput: (service: ServiceName, output: string) => void = () => {},
): Promise<ServiceName[]> {
  const present = services.filter((name) => existsSync(join(projectRoot, 'apps', name, script)));
  await Promise.all(present.map(async (service) => onOutput(service, await runScript(service, script, surroundings))));
  return present;
}

async function runScript(service: ServiceName, script: string, surroundings: Surroundings): Promise<string> {
  const url = databaseUrl(surroundings, service);
  const outcome = await run(process.execPath, [script], {
    cwd: join(projectRoot, 'apps', service),
    env: { ...process.env, ...(url !== undefined && { DB_URL: url }) },
    timeoutMs: 120_000,
  });
  if (outcome.code === 0) return outcome.output;
  throw new StackError(
    `${service}: ${script} failed: ${outcome.output.trim().split('\n').slice(-3).join(' ')}`,
    `see that Postgres answers (${howToType('stack status')}); ${howToType('stack reset')} begins with empty databases`,
  );
}
