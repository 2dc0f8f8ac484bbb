import { ComposeServer } from './docker.js';
import { childrenOf, signal } from './machine/processes.js';
import { StackError } from './machine/stack-error.js';
import type { Place } from './place.js';
import { withDatabase } from './postgres/probe.js';
import type { Provided } from './provide.js';
import { NativeRabbitmq } from './rabbitmq/native.js';
import type { NativeServer, Origin, OwnServer } from './server.js';

interface ServerHandle {
  readonly url: string;
  readonly origin: Origin;
  /** Why this one, in words. */
  readonly why: string;
  readonly version: string;
  /** False when it was up before we came. */
  readonly startedNow: boolean;
  readonly logFile: string | undefined;
  /** Ends it politely. */
  stop(): Promise<void>;
  /** Ends it as a crash would: SIGKILL. */
  kill(): Promise<void>;
  /** Starts it again after `stop` or `kill`, with its data, on the same ports; returns when it serves. */
  start(): Promise<void>;
  /** `stop` and `start`. */
  restart(): Promise<void>;
  /** Stops its processes where they are (SIGSTOP), as a machine that hangs would; `resume` lets them go on. */
  pause(): Promise<void>;
  resume(): Promise<void>;
}

export interface BrokerHandle extends ServerHandle {
  /** The management page and its HTTP interface, where there is one. */
  readonly managementUrl: string | undefined;
  /** Runs `rabbitmqctl` for it, and gives what that printed. */
  control(...args: readonly string[]): Promise<string>;
}

export interface PostgresHandle extends ServerHandle {
  /** The same server's URL for another database. */
  urlFor(database: string): string;
}

export function brokerHandle(provided: Provided): BrokerHandle {
  return {
    ...handle('RabbitMQ', provided),
    managementUrl: provided.endpoint.managementUrl,
    control: async (...args) => {
      if (provided.server instanceof NativeRabbitmq) return provided.server.control(args);
      throw notNative('RabbitMQ', provided.why);
    },
  };
}

export function postgresHandle(provided: Provided): PostgresHandle {
  return {
    ...handle('Postgres', provided),
    urlFor: (database) => withDatabase(provided.endpoint.url, database),
  };
}

function handle(name: string, provided: Provided): ServerHandle {
  const { endpoint, origin, why, version, startedNow, logFile } = provided;
  const own = (): OwnServer => {
    if (provided.server) return provided.server;
    throw new StackError(
      `${name} at this URL is not ours to stop or start (${why}).`,
      'stop it the way you started it, or start a stack of profile test',
    );
  };
  const signalAll = (signalName: 'SIGSTOP' | 'SIGCONT') => {
    const server = own();
    if (!('record' in server)) throw notNative(name, why);
    // Each before those that it has started: it starts no others then.
    for (const parent of Object.values((server as NativeServer).record().processes)) {
      signal(parent, signalName);
      for (const child of childrenOf(parent)) signal(child, signalName);
    }
  };
  return {
    url: endpoint.url,
    origin,
    why,
    version,
    startedNow,
    logFile,
    stop: async () => own().stop(),
    kill: async () => own().kill(),
    start: async () => own().start(),
    restart: async () => {
      await own().stop();
      await own().start();
    },
    pause: async () => signalAll('SIGSTOP'),
    resume: async () => signalAll('SIGCONT'),
  };
}

const notNative = (name: string, why: string): StackError =>
  new StackError(
    `${name} does not run as processes of ours (${why}), which this needs.`,
    'start a stack of profile test where it can run natively',
  );

/** Ends a server at the end of its instance's life. A throwaway one's data goes anyway: it need not be written out. */
export async function endServer(place: Place, server: OwnServer): Promise<void> {
  if (server instanceof ComposeServer && place.throwaway) return server.remove();
  await (place.throwaway ? server.kill() : server.stop());
}
