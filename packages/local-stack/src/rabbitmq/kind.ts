import type { Kind } from '../kind.js';
import { serverAccount } from '../machine/accounts.js';
import { requireReachable } from '../machine/data-folder.js';
import { freePorts } from '../machine/ports.js';
import { StackError } from '../machine/stack-error.js';
import { findRabbitmq, type RabbitmqBinaries } from './binaries.js';
import { installTools, installWithApt, planInstall, thisMachine } from './install.js';
import { NativeRabbitmq } from './native.js';
import { brokerUrl, managementUrl, probeBroker, probeManagement } from './probe.js';

export const rabbitmqKind: Kind = {
  name: 'RabbitMQ',
  service: 'rabbitmq',
  urlVariable: 'RABBITMQ_URL',
  given: (settings) =>
    settings.rabbitmqUrl === undefined
      ? undefined
      : { url: settings.rabbitmqUrl, managementUrl: settings.managementUrl },
  wishes: ({ ports }) => ({ amqp: ports.amqp, management: ports.management }),
  endpoint: ({ amqp = 5672, management = 15_672 }) => ({
    url: brokerUrl(amqp),
    managementUrl: managementUrl(management),
  }),
  composeEnvironment: ({ amqp, management }) => ({
    STACK_RABBITMQ_PORT: String(amqp),
    STACK_RABBITMQ_MANAGEMENT_PORT: String(management),
  }),
  async probe(endpoint) {
    const answer = await probeBroker(endpoint.url);
    if (!answer.ok || endpoint.managementUrl === undefined) return answer;
    const managed = await probeManagement(endpoint.managementUrl);
    return managed ? answer : { ok: true, detail: `${answer.detail}, without its management page` };
  },
  nativePossible: () => findRabbitmq() !== undefined || planInstall(thisMachine()).way === 'apt',
  async prepareNative(run, onLine) {
    const found = findRabbitmq();
    if (found) return `RabbitMQ ${found.version} is installed on this machine`;
    const plan = planInstall(thisMachine());
    if (plan.way === 'by-hand') throw notInstalled(plan.command);
    onLine('not on this machine yet: installing it with apt');
    await installWithApt(installTools(run, process.env, onLine));
    return `RabbitMQ ${installed().version} was installed with apt just now`;
  },
  async innerPorts() {
    const [distribution = 0, epmd = 0] = await freePorts(2);
    return { distribution, epmd };
  },
  native({ folder, dataFolder, ports, record, listener, throwaway }) {
    const account = serverAccount(['rabbitmq', 'postgres']);
    requireReachable(dataFolder, account);
    const { amqp = 0, management = 0, distribution = 0, epmd = 0 } = ports;
    return new NativeRabbitmq({
      folder,
      ports: { amqp, management, distribution, epmd },
      binaries: installed(),
      account,
      listener,
      ...(record && { processes: record.processes }),
      ...(throwaway && { stopPatienceMs: 2_000 }),
    });
  },
};

/** The RabbitMQ of this machine. @throws StackError if there is none */
export function installed(): RabbitmqBinaries {
  const found = findRabbitmq();
  if (found) return found;
  const plan = planInstall(thisMachine());
  throw notInstalled(plan.way === 'apt' ? 'apt-get install -y rabbitmq-server' : plan.command);
}

function notInstalled(command: string): StackError {
  return new StackError(
    'RabbitMQ is not on this machine, and no docker engine is running.',
    `type: ${command}   (or start docker, or set RABBITMQ_URL to a broker you have)`,
  );
}
