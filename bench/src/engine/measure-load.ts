import { cpuOfTree } from '../cpu.js';
import { definitionNamed } from './definitions.js';
import { type Engine, type EngineOptions, openEngine, type StoreSpec } from './engine.js';
import { type Load, load, percentile, start } from './load.js';
import { serverPid, type Work, workFor } from './server.js';

export interface LoadOptions extends Load {
  readonly store: StoreSpec;
  /** The definition's type. */
  readonly definition: string;
  /** Load before the measured one, in s. */
  readonly warmUp: number;
}

/** What one load gave. Everything "per saga" but the durations and the heap is divided by the sagas that ended. */
export interface LoadResult {
  readonly sagas: number;
  readonly perSecond: number;
  /** Of a saga, from the request to start it until whoever waits for its end hears of it; ms. */
  readonly p50: number;
  readonly p99: number;
  readonly statements: number;
  readonly commits: number;
  readonly walBytes: number;
  /** CPU ms per saga: of the process with the engine (and with the load and the participants), and of the server. */
  readonly engineMs: number;
  readonly postgresMs: number;
  /** Bytes of heap per saga that waits for a reply; NaN below 1,000 sagas. */
  readonly heapBytes: number;
}

/** Measures one load on an engine of its own; to be run in a process of its own, with `--expose-gc`. */
export async function measureLoad(options: LoadOptions): Promise<LoadResult> {
  const definition = definitionNamed(options.definition);
  const engine = { store: options.store, definitions: [definition] };
  if (options.warmUp > 0) {
    await withEngine(engine, (warm) => load(warm, definition, { ...options, seconds: options.warmUp }));
  }
  const url = options.store === 'memory' ? undefined : options.store.url;
  const work = async (): Promise<Work> => (url === undefined ? { commits: 0, walBytes: 0 } : workFor(url));
  const pid = url === undefined ? undefined : await serverPid(url);
  const before = await work();
  const measured = await withEngine(engine, (cold) => timed(cold, pid, () => load(cold, definition, options)));
  const after = await work();
  const { result: durations, seconds, engineMs, postgresMs, statements } = measured;
  const sagas = durations.length;
  durations.sort((one, other) => one - other);
  return {
    sagas,
    perSecond: sagas / seconds,
    p50: percentile(durations, 0.5),
    p99: percentile(durations, 0.99),
    statements: statements / sagas,
    commits: (after.commits - before.commits) / sagas,
    walBytes: (after.walBytes - before.walBytes) / sagas,
    engineMs: engineMs / sagas,
    postgresMs: postgresMs / sagas,
    heapBytes: options.concurrency < 1_000 ? Number.NaN : await heapPerSaga(options),
  };
}

/** Runs the work with a started engine, and ends that. */
async function withEngine<T>(options: EngineOptions, work: (engine: Engine) => Promise<T>): Promise<T> {
  const engine = openEngine(options);
  engine.runtime.start();
  try {
    return await work(engine);
  } finally {
    await engine.close();
  }
}

export interface Timed<T> {
  readonly result: T;
  readonly seconds: number;
  /** CPU of this process and of the server, in ms; NaN where it cannot be seen. */
  readonly engineMs: number;
  readonly postgresMs: number;
  readonly statements: number;
}

/** What the work took. `pid`: of the database server, if there is one. */
export async function timed<T>(engine: Engine, pid: number | undefined, work: () => Promise<T>): Promise<Timed<T>> {
  const server = () => (pid === undefined ? 0 : cpuOfTree(pid));
  const [cpu, serverCpu, began, statements] = [process.cpuUsage(), server(), performance.now(), engine.statements()];
  const result = await work();
  const seconds = (performance.now() - began) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  return {
    result,
    seconds,
    engineMs: (user + system) / 1_000,
    postgresMs: (server() - serverCpu) * 1_000,
    statements: engine.statements() - statements,
  };
}

async function heapPerSaga({ store, definition: name, concurrency }: LoadOptions): Promise<number> {
  const definition = definitionNamed(name);
  return withEngine({ store, definitions: [definition] }, async ({ runtime, participants }) => {
    participants.hold();
    const before = heapUsed();
    for (let started = 0; started < concurrency; started += 100) {
      await Promise.all(Array.from({ length: 100 }, () => start(runtime, definition)));
    }
    return (heapUsed() - before) / concurrency;
  });
}

function heapUsed(): number {
  globalThis.gc?.();
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}
