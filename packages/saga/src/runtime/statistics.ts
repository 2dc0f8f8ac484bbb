import type { SagaDefinition } from '../core/definition.js';
import type { LogEntry } from '../core/log.js';
import { hasEnded, type SagaState } from '../core/saga.js';
import { isParking } from './events.js';
import { type Durations, Histogram } from './histogram.js';
import type { Clock } from './ports.js';
import { Rate } from './rate.js';
import type { Recorded } from './runner-options.js';
import type { RunningSagas } from './running-sagas.js';
import { StepCounter, type StepStatistics } from './step-statistics.js';

/** What this process has done to the sagas of one definition since its start; `active`: what it holds in memory now. */
export interface DefinitionStatistics {
  readonly type: string;
  readonly version: number;
  readonly active: number;
  readonly started: number;
  readonly completed: number;
  readonly compensated: number;
  readonly parked: number;
  readonly timedOut: number;
  /** Over the last minute, as the next one. */
  readonly startedPerSecond: number;
  readonly endedPerSecond: number;
  /** From the start, or the start time if it was put off, to the end; absent as long as none has ended. */
  readonly durations?: Durations;
  /** By step name. */
  readonly steps: Readonly<Record<string, StepStatistics>>;
}

/** Since when, in epoch ms, and what. */
export interface RuntimeStatistics {
  readonly since: number;
  readonly definitions: readonly DefinitionStatistics[];
}

interface Counters {
  readonly counts: { started: number; completed: number; compensated: number; parked: number; timedOut: number };
  readonly started: Rate;
  readonly ended: Rate;
  readonly durations: Histogram;
  readonly steps: ReadonlyMap<string, StepCounter>;
}

/** Counts what the journal recorded for this process. It is told of each log entry, so it must be quick. */
export class Statistics {
  readonly #clock: Clock;
  readonly #since: number;
  readonly #counters: ReadonlyMap<SagaDefinition, Counters>;

  constructor(clock: Clock, definitions: Iterable<SagaDefinition>) {
    this.#clock = clock;
    this.#since = clock.now();
    this.#counters = new Map([...definitions].map((definition) => [definition, countersOf(definition, this.#since)]));
  }

  recorded({ running: { definition, saga, begunAt }, logs }: Recorded): void {
    const counters = this.#counters.get(definition);
    if (counters === undefined) return;
    for (const entry of logs) {
      if (entry.step === null) ofSaga(counters, entry, saga);
      else {
        counters.steps.get(entry.step)?.recorded(entry, begunAt);
        if (isParking(entry)) counters.counts.parked++;
      }
    }
  }

  summary(running: RunningSagas): RuntimeStatistics {
    const active = new Map<SagaDefinition, number>();
    for (const { definition } of running.all()) active.set(definition, (active.get(definition) ?? 0) + 1);
    const now = this.#clock.now();
    const definitions = [...this.#counters].map(([definition, { counts, started, ended, durations, steps }]) => ({
      type: definition.type,
      version: definition.version,
      active: active.get(definition) ?? 0,
      ...counts,
      startedPerSecond: started.perSecond(now),
      endedPerSecond: ended.perSecond(now),
      ...durations.summary(),
      steps: Object.fromEntries([...steps].map(([name, step]) => [name, step.summary()])),
    }));
    return { since: this.#since, definitions };
  }
}

function ofSaga({ counts, started, ended, durations }: Counters, { event, at }: LogEntry, saga: SagaState): void {
  if (event === 'SAGA_STARTED') {
    counts.started++;
    started.add(at);
  } else if (event === 'SAGA_TIMED_OUT') counts.timedOut++;
  else if (event === 'SAGA_COMPLETED' || event === 'SAGA_COMPENSATED') {
    counts[event === 'SAGA_COMPLETED' ? 'completed' : 'compensated']++;
    ended.add(at);
    if (hasEnded(saga)) durations.record(saga.endedAt - Math.max(saga.createdAt, saga.startsAt ?? 0));
  }
}

function countersOf({ steps }: SagaDefinition, now: number): Counters {
  return {
    counts: { started: 0, completed: 0, compensated: 0, parked: 0, timedOut: 0 },
    started: new Rate(now),
    ended: new Rate(now),
    durations: new Histogram(),
    steps: new Map(steps.map(({ name }) => [name, new StepCounter()])),
  };
}
