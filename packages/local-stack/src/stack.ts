import { join } from 'node:path';
import { type BrokerHandle, brokerHandle, endServer, type PostgresHandle, postgresHandle } from './handle.js';
import type { Kind } from './kind.js';
import { withLock } from './machine/lock.js';
import { run } from './machine/run.js';
import { StackError } from './machine/stack-error.js';
import { openPlace, type Place, type Profile } from './place.js';
import { postgresKind } from './postgres/kind.js';
import { ensureDatabases } from './postgres/probe.js';
import { type ProvideContext, type Provided, provideForDev, provideFresh } from './provide.js';
import { rabbitmqKind } from './rabbitmq/kind.js';
import { type StackReporter, silent } from './report.js';
import type { Origin } from './server.js';
import type { Environment } from './settings.js';
import { discard } from './sweep.js';
import { wellKnownPorts } from './well-known-ports.js';

export interface StackOptions {
  /** `dev` is the developer's and goes on when we end; `test` and `bench` are fresh ones of our own that end with us. */
  readonly profile: Profile;
  /** Default: the environment of this process. */
  readonly environment?: Environment;
  readonly report?: StackReporter;
}

export interface Stack {
  readonly profile: Profile;
  readonly rabbitmq: BrokerHandle;
  readonly postgres: PostgresHandle;
  /** Where logs and data of this instance lie. */
  readonly folder: string;
  /** Ends what is ours of it; a throwaway instance's data goes too. */
  down(): Promise<void>;
}

export const kinds: readonly Kind[] = [rabbitmqKind, postgresKind];

/**
 * Brings up RabbitMQ and Postgres, or finds them up, and makes the services' databases. Throws a StackError that says
 * what is missing and what to do about it.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const environment = options.environment ?? process.env;
  const place = openPlace(options.profile, environment);
  const start = () =>
    bringUp(place, contextFor(place, environment, options.report ?? silent), options.report ?? silent);
  return place.throwaway ? start() : withLock(join(place.folder, 'lock'), start);
}

export function contextFor(place: Place, environment: Environment, report: StackReporter): ProvideContext {
  return { place, run, environment, avoid: wellKnownPorts, onLine: () => {}, warn: (line) => report.warn(line) };
}

async function bringUp(place: Place, context: ProvideContext, report: StackReporter): Promise<Stack> {
  const provide = place.throwaway ? provideFresh : provideForDev;
  const one = (kind: Kind) => report.step(kind.name, (onLine) => provide(kind, { ...context, onLine }), describe);
  // Both at once; when one fails, the other is awaited, so that nothing is left half-started and unknown.
  const [rabbitmq, postgres] = await Promise.allSettled([one(rabbitmqKind), one(postgresKind)]);
  if (rabbitmq.status === 'rejected' || postgres.status === 'rejected') {
    if (place.throwaway) await endAll(place, [rabbitmq, postgres]);
    throw problemOf([rabbitmq, postgres]);
  }
  await ensureDatabases(postgres.value.endpoint.url);
  return {
    profile: place.profile,
    folder: place.folder,
    rabbitmq: brokerHandle(rabbitmq.value),
    postgres: postgresHandle(postgres.value),
    down: () => endAll(place, [rabbitmq, postgres]),
  };
}

type Result = PromiseSettledResult<Provided>;

async function endAll(place: Place, results: readonly Result[]): Promise<void> {
  const servers = results.flatMap((result) => (result.status === 'fulfilled' ? (result.value.server ?? []) : []));
  await Promise.all(servers.map((server) => endServer(place, server)));
  if (place.throwaway) discard(place.folder);
}

/** What went wrong, with one or with both: a person wants to cure both at once. */
function problemOf(results: readonly Result[]): unknown {
  const [first, second] = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
  if (!(first instanceof StackError && second instanceof StackError) || first.message === second.message) return first;
  return new StackError(`${first.message}\n  What to do: ${first.cure}\n${second.message}`, second.cure);
}

function describe({ endpoint, origin, version, why }: Provided): string {
  const { hostname, port } = new URL(endpoint.url);
  return `${version} ${howItRuns[origin]} on ${hostname}:${port} (${why})`;
}

const howItRuns: Record<Origin, string> = {
  environment: 'elsewhere',
  answering: 'not ours',
  docker: 'in docker',
  native: 'natively',
};
