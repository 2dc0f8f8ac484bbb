import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { findEngine, removeContainers } from './docker.js';
import type { Kind } from './kind.js';
import { withLock } from './machine/lock.js';
import { openPlace, type Place } from './place.js';
import { reopen } from './provide.js';
import { silent } from './report.js';
import type { Endpoint, Origin } from './server.js';
import type { Environment } from './settings.js';
import { contextFor, kinds } from './stack.js';

export interface ServerStatus {
  readonly name: string;
  readonly up: boolean;
  readonly origin: Origin | undefined;
  /** The version when it is up, otherwise what is the matter. */
  readonly detail: string;
  readonly endpoint: Endpoint;
  readonly logFile: string | undefined;
}

/** How the developer's stack is; starts nothing. */
export async function devStackStatus(environment: Environment): Promise<ServerStatus[]> {
  const place = openPlace('dev', environment);
  return Promise.all(kinds.map((kind) => statusOf(kind, place, environment)));
}

async function statusOf(kind: Kind, place: Place, environment: Environment): Promise<ServerStatus> {
  const given = kind.given(place.settings);
  const record = given ? undefined : place.state()[kind.service];
  const ours = record && reopen(kind, contextFor(place, environment, silent), record);
  const wished = Object.entries(kind.wishes(place.settings)).map(([name, { port }]) => [name, port] as const);
  const endpoint = given ?? ours?.endpoint ?? kind.endpoint(Object.fromEntries(wished));
  const { ok, detail } = await kind.probe(endpoint);
  const origin = given ? 'environment' : (record?.origin ?? (ok ? 'answering' : undefined));
  return { name: kind.name, up: ok, origin, detail, endpoint, logFile: ours?.logFile };
}

/** Ends the servers that were started for the developer; gives their names. What is not ours stays up. */
export async function stopDevStack(environment: Environment): Promise<string[]> {
  const place = openPlace('dev', environment);
  const context = contextFor(place, environment, silent);
  const stop = async (kind: Kind) => {
    const record = place.state()[kind.service];
    if (!record) return [];
    const { server } = reopen(kind, context, record);
    const ran = await server.isRunning();
    await server.stop();
    place.remember(kind.service, undefined);
    return ran ? [kind.name] : [];
  };
  return withLock(join(place.folder, 'lock'), async () => (await Promise.all(kinds.map(stop))).flat());
}

/** Ends the developer's servers and deletes their data; the binaries stay. Gives the folder that was emptied. */
export async function resetDevStack(environment: Environment): Promise<string> {
  const place = openPlace('dev', environment);
  const context = contextFor(place, environment, silent);
  await stopDevStack(environment);
  if ((await findEngine(context.run)).ok) await removeContainers(context, place.composeProject);
  if (existsSync(place.folder)) {
    for (const name of readdirSync(place.folder)) rmSync(join(place.folder, name), { recursive: true, maxRetries: 5 });
  }
  return place.folder;
}
