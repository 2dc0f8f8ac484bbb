import { definitionNamed } from './definitions.js';
import { openEngine } from './engine.js';
import { start } from './load.js';
import { timed } from './measure-load.js';
import { connect, serverPid } from './server.js';

/** How long a recovery may take before it counts as failed, in s. */
const PATIENCE_S = 120;

export interface AbandonOptions {
  readonly url: string;
  readonly definition: string;
  readonly count: number;
}

/** Leaves sagas under way, each waiting for the reply of its first step; the process that ran them is to be killed. */
export async function abandon({ url, definition: name, count }: AbandonOptions): Promise<void> {
  const definition = definitionNamed(name);
  const { runtime, participants } = openEngine({ store: { url }, definitions: [definition] });
  participants.hold();
  runtime.start();
  await Promise.all(Array.from({ length: count }, () => start(runtime, definition)));
}

export interface RecoveryOptions extends AbandonOptions {
  /** Whether it bears the name of the process that was killed. */
  readonly sameOwner: boolean;
}

export interface RecoveryResult {
  /** From the start of the new process's runtime until all sagas have ended. */
  readonly seconds: number;
  /** Until the first of them has. */
  readonly firstSeconds: number;
  readonly statements: number;
  /** CPU ms per saga. */
  readonly engineMs: number;
  readonly postgresMs: number;
}

/** Goes on with what another process has left behind, and awaits the end of all of it. */
export async function recover({ url, definition: name, count, sameOwner }: RecoveryOptions): Promise<RecoveryResult> {
  if (!sameOwner) await makeOverdue(url);
  const pid = await serverPid(url);
  const owner = sameOwner ? 'bench' : 'another';
  const engine = openEngine({ store: { url }, definitions: [definitionNamed(name)], owner });
  const began = performance.now();
  let [ended, firstSeconds] = [0, 0];
  const run = () =>
    new Promise<void>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`${ended} of ${count} have ended`)), PATIENCE_S * 1_000);
      engine.runtime.on('sagaCompleted', () => {
        if (ended === 0) firstSeconds = (performance.now() - began) / 1_000;
        if (++ended < count) return;
        clearTimeout(late);
        resolve();
      });
      engine.runtime.start();
    });
  const { seconds, engineMs, postgresMs, statements } = await timed(engine, pid, run);
  await engine.close();
  return { seconds, firstSeconds, statements, engineMs: engineMs / count, postgresMs: postgresMs / count };
}

/** Nobody recognises them as its own: another process takes them over because their due time has passed. */
async function makeOverdue(url: string): Promise<void> {
  const client = await connect(url);
  await client.query(`update saga_state set due_at = now() - interval '1 minute' where due_at is not null`);
  await client.end();
}
