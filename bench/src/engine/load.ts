import type { SagaDefinition } from '@saga-checkout/saga';
import { inputOf } from './definitions.js';
import type { Engine } from './engine.js';
import { sagaId } from './ids.js';

/** No load goes on for longer, however fast the engine is: the memory store keeps them all. */
const MOST_SAGAS = 200_000;
/** How long a saga may take before the run counts as failed, in ms. */
const PATIENCE_MS = 60_000;

export interface Load {
  readonly concurrency: number;
  readonly seconds: number;
}

/**
 * As many customers as `concurrency` says, each of whom starts a saga, waits for its end and starts the next. After
 * `seconds` nobody starts another one, and all that were started are awaited. Gives each saga's duration in ms.
 *
 * @throws Error if a saga does not complete.
 */
export async function load(
  engine: Engine,
  definition: SagaDefinition,
  { concurrency, seconds }: Load,
): Promise<number[]> {
  const durations: number[] = [];
  const end = performance.now() + seconds * 1_000;
  let started = 0;
  const customer = async () => {
    while (performance.now() < end && started++ < MOST_SAGAS) durations.push(await runOne(engine, definition));
  };
  await Promise.all(Array.from({ length: concurrency }, customer));
  return durations;
}

async function runOne({ runtime }: Engine, definition: SagaDefinition): Promise<number> {
  const began = performance.now();
  const id = sagaId();
  await start(runtime, definition, id);
  const ended = await runtime.ended(id, PATIENCE_MS);
  if (ended?.status !== 'COMPLETED')
    throw new Error(`the saga ${id} is ${ended?.status ?? 'not ended'} after a minute`);
  return performance.now() - began;
}

/** Starts a saga with a cart of its own. */
export function start(runtime: Engine['runtime'], definition: SagaDefinition, id = sagaId()) {
  return runtime.run(definition, { sagaId: id, businessKey: id, input: inputOf(id) });
}

/** The value below which the given share of the sorted figures lies. */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
