import { join } from 'node:path';
import { rabbitmqLogin } from '../settings.js';
import type { RabbitmqPorts } from './native.js';

/** Who a node is, and which nodes it forms a cluster with. */
export interface NodeIdentity {
  readonly name: string;
  /** The names of all nodes of the cluster, its own included; empty: it stands alone. */
  readonly cluster: readonly string[];
  /** Erlang makes one up for a node that stands alone. */
  readonly cookie?: string;
}

/** Always the same name, since the data lies in a folder of that name; an epmd of its own keeps nodes apart. */
export const alone: NodeIdentity = { name: 'saga_checkout@localhost', cluster: [] };

/** The files of a node's folder. The user is made by the broker itself at its first start. */
export function configurationFiles(ports: RabbitmqPorts, identity: NodeIdentity): Record<string, string> {
  return {
    'rabbitmq.conf': [
      `listeners.tcp.local = 127.0.0.1:${ports.amqp}`,
      'management.tcp.ip = 127.0.0.1',
      `management.tcp.port = ${ports.management}`,
      `default_user = ${rabbitmqLogin.user}`,
      `default_pass = ${rabbitmqLogin.password}`,
      'default_user_tags.administrator = true',
      'log.file.level = warning',
      // An absolute limit: the default one, relative to memory, raises alarms on small disks.
      'disk_free_limit.absolute = 200MB',
      ...clusterFormation(identity.cluster),
      '',
    ].join('\n'),
    enabled_plugins: '[rabbitmq_management].\n',
    // How many messages a consumer holds is counted every five seconds by default: too seldom for whoever waits for it.
    'advanced.config': '[{rabbit, [{quorum_tick_interval, 1000}]}].\n',
  };
}

function clusterFormation(nodes: readonly string[]): string[] {
  if (nodes.length === 0) return [];
  return [
    'cluster_formation.peer_discovery_backend = classic_config',
    ...nodes.map((name, index) => `cluster_formation.classic_config.nodes.${index + 1} = ${name}`),
    // A node that sees fewer than half of the others stops serving, instead of going on beside them.
    'cluster_partition_handling = pause_minority',
  ];
}

/** Everything that ties a node to its folder and to the loopback interface; without it, Erlang listens on all. */
export function nodeEnvironment(folder: string, ports: RabbitmqPorts, { name }: NodeIdentity): NodeJS.ProcessEnv {
  return {
    HOME: folder,
    // The broker is then not wrapped in a shell: the process we start is the node itself, and signals reach it.
    RUNNING_UNDER_SYSTEMD: 'true',
    RABBITMQ_NODENAME: name,
    RABBITMQ_DIST_PORT: String(ports.distribution),
    RABBITMQ_MNESIA_BASE: join(folder, 'mnesia'),
    RABBITMQ_LOG_BASE: join(folder, 'log'),
    RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq.conf'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'enabled_plugins'),
    RABBITMQ_GENERATED_CONFIG_DIR: join(folder, 'generated'),
    RABBITMQ_PLUGINS_EXPAND_DIR: join(folder, 'plugins-expanded'),
    RABBITMQ_PID_FILE: join(folder, 'pid'),
    // Nothing of a system-wide installation's configuration.
    RABBITMQ_CONF_ENV_FILE: join(folder, 'none'),
    RABBITMQ_ADVANCED_CONFIG_FILE: join(folder, 'advanced.config'),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    ERL_EPMD_PORT: String(ports.epmd),
    // The command line tools are Erlang nodes, too.
    RABBITMQ_CTL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
    // Erlang's schedulers spin while they wait, which costs the others on a small machine a tenth of a core.
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS:
      '-kernel inet_dist_use_interface {127,0,0,1} +sbwt none +sbwtdcpu none +sbwtdio none',
  };
}
