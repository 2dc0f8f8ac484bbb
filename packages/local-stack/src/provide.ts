import { ComposeServer, findEngine } from './docker.js';
import type { Kind } from './kind.js';
import { howToType } from './machine/how-to-type.js';
import { choosePort, freePorts } from './machine/ports.js';
import type { Run } from './machine/run.js';
import { StackError } from './machine/stack-error.js';
import { waitFor } from './machine/wait.js';
import type { Place, ServerRecord } from './place.js';
import type { Endpoint, NativeRecord, NativeServer, Origin, OwnServer, Ports } from './server.js';
import { withoutPassword } from './settings.js';

export interface Provided {
  readonly endpoint: Endpoint;
  readonly origin: Origin;
  readonly why: string;
  readonly version: string;
  /** False when it was up before we came. */
  readonly startedNow: boolean;
  /** Undefined for a server that is somebody else's. */
  readonly server: OwnServer | undefined;
  readonly logFile: string | undefined;
}

export interface ProvideContext {
  readonly place: Place;
  readonly run: Run;
  readonly environment: NodeJS.ProcessEnv;
  /** Ports that others of ours will want: nobody moves onto them. */
  readonly avoid: ReadonlySet<number>;
  readonly onLine: (line: string) => void;
  readonly warn: (line: string) => void;
}

/** A server for the developer: the first way that serves. */
export async function provideForDev(kind: Kind, context: ProvideContext): Promise<Provided> {
  return (
    (await fromEnvironment(kind, context)) ??
    (await fromBefore(kind, context)) ??
    (await fromAnswering(kind, context)) ??
    (await startOne(kind, context))
  );
}

/** A fresh server for a test or the bench: native where that is possible, else a container. */
export async function provideFresh(kind: Kind, context: ProvideContext): Promise<Provided> {
  const names = Object.keys(kind.wishes(context.place.settings));
  const free = await freePorts(names.length);
  const ports = Object.fromEntries(names.map((name, index) => [name, free[index] ?? 0]));
  const docker = context.place.settings.use === 'docker' || !kind.nativePossible();
  const engine = docker ? await findEngine(context.run) : undefined;
  if (engine?.ok) return startContainer(kind, context, ports, 'it cannot run natively here');
  return startNative(kind, context, ports, 'an instance of its own');
}

async function fromEnvironment(kind: Kind, { place }: ProvideContext): Promise<Provided | undefined> {
  const endpoint = kind.given(place.settings);
  if (!endpoint) return undefined;
  const answer = await kind.probe(endpoint);
  if (!answer.ok) {
    throw new StackError(
      `${kind.urlVariable} names ${withoutPassword(endpoint.url)}, which does not let us in (${answer.detail}).`,
      `start that server or correct the URL, or unset ${kind.urlVariable} to have one started here`,
    );
  }
  return foreign(endpoint, 'environment', `${kind.urlVariable} is set`, answer.detail);
}

/** The one that an earlier `stack up` left running. */
async function fromBefore(kind: Kind, context: ProvideContext): Promise<Provided | undefined> {
  const record = context.place.state()[kind.service];
  if (!record) return undefined;
  const { server, endpoint, logFile } = reopen(kind, context, record);
  if (!(await server.isRunning())) return undefined;
  // It may have been started a moment ago by somebody who was then interrupted.
  const serves = await waitFor(async () => (await kind.probe(endpoint)).ok, { timeoutMs: 30_000, everyMs: 200 });
  if (!serves) {
    throw new StackError(
      `${kind.name} runs but does not answer.`,
      `type: ${howToType('stack down')}, then start again`,
    );
  }
  const { origin, why, version } = record;
  return { endpoint, origin, why: `already up; ${why}`, version, startedNow: false, server, logFile };
}

async function fromAnswering(kind: Kind, { place }: ProvideContext): Promise<Provided | undefined> {
  const wishes = Object.entries(kind.wishes(place.settings)).map(([name, wish]) => [name, wish.port] as const);
  const endpoint = kind.endpoint(Object.fromEntries(wishes));
  const answer = await kind.probe(endpoint);
  if (!answer.ok) return undefined;
  return foreign(endpoint, 'answering', `it already answers on port ${wishes[0]?.[1]} with our login`, answer.detail);
}

async function startOne(kind: Kind, context: ProvideContext): Promise<Provided> {
  const { use } = context.place.settings;
  const engine = use === 'native' ? { ok: false as const, why: 'STACK_USE=native' } : await findEngine(context.run);
  if (use === 'docker' && !engine.ok) {
    throw new StackError(`STACK_USE is docker, but ${engine.why}.`, 'start the docker engine, or unset STACK_USE');
  }
  // Asked before the port is chosen, so that nobody moves for a server that cannot be started anyway.
  const has = engine.ok ? '' : await kind.prepareNative(context.run, context.onLine);
  const ports: Record<string, number> = {};
  for (const [name, wish] of Object.entries(kind.wishes(context.place.settings))) {
    const taken = new Set([...context.avoid, ...Object.values(ports)]);
    const label = name === kind.service || name === 'amqp' ? kind.name : `${kind.name} ${name}`;
    ports[name] = await choosePort(label, wish, taken, context.warn);
  }
  if (engine.ok) return startContainer(kind, context, ports, 'a docker engine is running');
  return startNative(kind, context, ports, `${engine.why}, and ${has}`);
}

async function startNative(kind: Kind, context: ProvideContext, outer: Ports, why: string): Promise<Provided> {
  const { place } = context;
  await kind.prepareNative(context.run, context.onLine);
  const ports = { ...outer, ...(await kind.innerPorts()) };
  const server = openNative(kind, place, why, { ports, processes: {} });
  await server.start();
  const { version, logFile } = server;
  return { endpoint: kind.endpoint(ports), origin: 'native', why, version, startedNow: true, server, logFile };
}

async function startContainer(kind: Kind, context: ProvideContext, ports: Ports, why: string): Promise<Provided> {
  const server = container(kind, context, ports);
  await server.start();
  const endpoint = kind.endpoint(ports);
  const answer = await kind.probe(endpoint);
  context.place.remember(kind.service, { origin: 'docker', why, version: answer.detail, ports });
  return { endpoint, origin: 'docker', why, version: answer.detail, startedNow: true, server, logFile: undefined };
}

/** The server that a state file speaks of. */
export function reopen(
  kind: Kind,
  context: ProvideContext,
  record: ServerRecord,
): { server: OwnServer; endpoint: Endpoint; logFile: string | undefined } {
  if (record.origin === 'docker') {
    const server = container(kind, context, record.ports);
    return { server, endpoint: kind.endpoint(record.ports), logFile: undefined };
  }
  const server = openNative(kind, context.place, record.why, record.native);
  return { server, endpoint: kind.endpoint(record.native.ports), logFile: server.logFile };
}

/** A native server whose processes are written down in the state file as they come and go. */
function openNative(kind: Kind, place: Place, why: string, record: NativeRecord): NativeServer {
  const remember = () => {
    const native = server.record();
    const none = Object.keys(native.processes).length === 0;
    place.remember(kind.service, none ? undefined : { origin: 'native', why, version: server.version, native });
  };
  const server = kind.native({
    folder: place.folderOf(kind.service),
    dataFolder: place.dataFolder,
    listener: place.listener(remember),
    throwaway: place.throwaway,
    ports: record.ports,
    record,
  });
  return server;
}

function container(kind: Kind, { place, run, environment, onLine }: ProvideContext, ports: Ports): ComposeServer {
  return new ComposeServer({
    run,
    service: kind.service,
    project: place.composeProject,
    environment: { ...environment, ...kind.composeEnvironment(ports) },
    onLine,
  });
}

const foreign = (endpoint: Endpoint, origin: Origin, why: string, version: string): Provided => ({
  endpoint,
  origin,
  why,
  version,
  startedNow: false,
  server: undefined,
  logFile: undefined,
});
