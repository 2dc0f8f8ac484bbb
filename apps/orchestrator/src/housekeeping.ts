import { RetentionJob, SagaMonitor, type SagaRuntime, type SagaStore } from '@saga-checkout/saga';
import type { createLogger } from '@saga-checkout/service';
import type { Env } from './env.js';

const DAY_MS = 86_400_000;
/** A checkout that is under way for longer is worth a warning: its retries should have come to an end by then. In ms. */
const SLOW_MS = 600_000;

/** What ends with its saga's time: letters that were sent again or discarded. */
interface Letters {
  prune(endedBefore: Date, limit: number): Promise<number>;
}

/**
 * What is done beside the sagas: ended ones are forgotten in time, and so are letters; slow ones are reported. Returns how
 * to end it.
 */
export function keepHouse(
  env: Env,
  runtime: SagaRuntime,
  store: SagaStore,
  letters: Letters,
  log: ReturnType<typeof createLogger>,
) {
  const retention = new RetentionJob({
    store: { prune: (request) => pruneBoth(store, letters, request) },
    log,
    keepMs: env.SAGA_KEEP_DAYS * DAY_MS,
    keepKeysMs: env.SAGA_KEEP_KEYS_DAYS * DAY_MS,
  });
  const monitor = new SagaMonitor({
    runtime,
    store,
    log,
    everyMs: SLOW_MS / 10,
    rules: [{ name: 'slow', statuses: ['RUNNING', 'COMPENSATING'], olderThanMs: SLOW_MS, action: 'report' }],
  });
  for (const job of [retention, monitor]) job.start();
  return () => {
    for (const job of [retention, monitor]) job.stop();
  };
}

async function pruneBoth(store: SagaStore, letters: Letters, request: Parameters<SagaStore['prune']>[0]) {
  const { endedBefore, limit } = request;
  while ((await letters.prune(new Date(endedBefore), limit)) === limit);
  return store.prune(request);
}
