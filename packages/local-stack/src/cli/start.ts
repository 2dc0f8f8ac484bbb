import { howToType } from '../machine/how-to-type.js';
import { describeError } from '../machine/stack-error.js';
import { silent } from '../report.js';
import { chooseServicePorts } from '../services/choose-ports.js';
import { migrate, seed } from '../services/databases.js';
import { serviceNames } from '../services/definitions.js';
import { forgetServices, rememberServices } from '../services/running.js';
import type { Services } from '../services/services.js';
import { startServices } from '../services/start-services.js';
import type { Environment } from '../settings.js';
import { type Stack, startStack } from '../stack.js';
import { build } from './build.js';
import { ConsoleReport } from './console-report.js';
import { Interruption } from './interruption.js';
import { overview } from './overview.js';
import { sayWhatRuns } from './what-runs.js';

/** `npm start`: everything up, a table of what runs where, and everything down again at Ctrl-C. Gives the exit code. */
export async function start(environment: Environment): Promise<number> {
  if (await sayWhatRuns(environment)) return 0;
  const report = new ConsoleReport();
  const interruption = new Interruption();
  let stack: Stack | undefined;
  let services: Services | undefined;
  let failure: unknown;
  try {
    // A port that a person set and that is taken is better said now than after the build.
    await chooseServicePorts(serviceNames, environment, silent);
    // The build and the servers have nothing to do with each other.
    const [up, built] = await Promise.allSettled([startStack({ profile: 'dev', environment, report }), build(report)]);
    if (up.status === 'fulfilled') stack = up.value;
    for (const part of [up, built]) if (part.status === 'rejected') throw part.reason;
    interruption.check();
    if (!stack) return 1;
    await migrate({ stack }, report);
    interruption.check();
    await seed({ stack }, report);
    interruption.check();
    services = await runAll(stack, report);
    rememberServices(environment, services);
    console.log(`\n${summary(stack, services)}\n`);
    console.log(`  Up ${totalTime(environment)}. Ctrl-C stops what was started.\n`);
    await interruption.wait();
  } catch (error) {
    failure = error;
  }
  if (failure !== undefined && !interruption.happened) console.error(`\n${describeError(failure)}\n`);
  await stopAll(environment, report, stack, services);
  return failure === undefined || interruption.happened ? 0 : 1;
}

const runAll = (stack: Stack, report: ConsoleReport): Promise<Services> =>
  report.step(
    'services',
    () => startServices({ stack, ports: 'default', supervise: true, readDotEnv: true, report }),
    (all) => `${all.list().length} ready`,
  );

function summary(stack: Stack, services: Services): string {
  return overview({
    services: services.list(),
    rabbitmqUrl: stack.rabbitmq.url,
    managementUrl: stack.rabbitmq.managementUrl,
    postgresUrl: stack.postgres.url,
  });
}

/** Since when: the bootstrap tells when it began. */
function totalTime({ STARTED_AT_MS }: Environment): string {
  const began = Number(STARTED_AT_MS) || performance.timeOrigin;
  return `${((Date.now() - began) / 1000).toFixed(1)} s after the start`;
}

/** Ends what we have started; what was up before stays up. */
async function stopAll(
  environment: Environment,
  report: ConsoleReport,
  stack: Stack | undefined,
  services: Services | undefined,
): Promise<void> {
  if (services) {
    forgetServices(environment);
    await report.step(
      'services',
      () => services.stop(),
      () => 'stopped',
    );
  }
  if (!stack) return;
  const servers = [
    { name: 'RabbitMQ', handle: stack.rabbitmq },
    { name: 'Postgres', handle: stack.postgres },
  ];
  const ours = servers.filter(({ handle }) => handle.startedNow);
  await Promise.all(
    ours.map(({ name, handle }) =>
      report.step(
        name,
        () => handle.stop(),
        () => 'stopped',
      ),
    ),
  );
  const others = servers.filter(({ handle }) => !handle.startedNow).map(({ name }) => name);
  if (others.length > 0) {
    report.line(
      `${others.join(' and ')} ${others.length > 1 ? 'were' : 'was'} up before and stay up (${howToType('stack down')} ends what is ours)`,
    );
  }
}
