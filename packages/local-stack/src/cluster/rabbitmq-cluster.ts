import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { serverAccount } from '../machine/accounts.js';
import { makeFolder } from '../machine/data-folder.js';
import { freePorts } from '../machine/ports.js';
import { run } from '../machine/run.js';
import type { Place } from '../place.js';
import type { RabbitmqBinaries } from '../rabbitmq/binaries.js';
import { Epmd } from '../rabbitmq/epmd.js';
import { installed, rabbitmqKind } from '../rabbitmq/kind.js';
import { NativeRabbitmq } from '../rabbitmq/native.js';

const SIZE = 3;

/** A node of the cluster, which can be ended and started again. */
export interface ClusterNode {
  /** As RabbitMQ calls it: `saga_checkout_2@localhost`. */
  readonly name: string;
  readonly server: NativeRabbitmq;
}

/** Three RabbitMQ nodes that form one broker: its queues are on all of them, and two are enough to go on. */
export class RabbitmqCluster {
  private constructor(
    readonly nodes: readonly ClusterNode[],
    private readonly epmd: Epmd,
  ) {}

  static async start(place: Place): Promise<RabbitmqCluster> {
    await rabbitmqKind.prepareNative(run, () => {});
    const binaries = installed();
    const epmd = await epmdFor(place, binaries);
    const names = Array.from({ length: SIZE }, (_, index) => `saga_checkout_${index + 1}@localhost`);
    const cookie = randomUUID();
    const nodes: ClusterNode[] = [];
    for (const name of names) {
      const [amqp = 0, management = 0, distribution = 0] = await freePorts(3);
      const server = new NativeRabbitmq({
        folder: join(place.folder, name),
        ports: { amqp, management, distribution, epmd: epmd.port },
        binaries,
        account: epmd.account,
        listener: place.listener(() => {}),
        stopPatienceMs: 20_000,
        member: { identity: { name, cluster: names, cookie }, epmd: epmd.register },
      });
      nodes.push({ name, server });
    }
    // The first makes the cluster, the others join it.
    const [first, ...others] = nodes;
    await first?.server.start();
    await Promise.all(others.map(({ server }) => server.start()));
    return new RabbitmqCluster(nodes, epmd.register);
  }

  /** All nodes, for a client that takes any of them. */
  get url(): string {
    return this.nodes.map(({ server }) => server.url).join(',');
  }

  /** The management interface of each node. */
  get managementUrl(): string {
    return this.nodes.map(({ server }) => server.managementUrl).join(',');
  }

  /** Puts a member of every quorum queue that has none there on this node: what was declared while it was away. */
  async grow({ name, server }: ClusterNode): Promise<void> {
    await server.control(['grow', name, 'all'], 'rabbitmq-queues');
  }

  async end(): Promise<void> {
    await Promise.all(this.nodes.map(({ server }) => server.kill()));
    await this.epmd.stop();
  }
}

async function epmdFor(place: Place, { epmd: binary }: RabbitmqBinaries) {
  const account = serverAccount(['rabbitmq', 'postgres']);
  const [port = 0] = await freePorts(1);
  const folder = makeFolder(join(place.folder, 'epmd'), account);
  const register = new Epmd({ binary, port, folder, account, listener: place.listener(() => {}) });
  return { register, port, account };
}
