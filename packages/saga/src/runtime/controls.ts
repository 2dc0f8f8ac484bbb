import type { EventContract } from '../core/command.js';
import type { SagaDefinition } from '../core/definition.js';
import { SagaError } from '../core/errors.js';
import type { ControlHappening } from '../core/happening.js';
import type { SagaState } from '../core/saga.js';
import { check } from '../core/schema.js';
import { transition } from '../core/transition.js';
import type { Lookup } from './lookup.js';
import type { Clock } from './ports.js';
import type { Runner } from './runner.js';
import type { SagaKey } from './store.js';

/** What a person or another service may want of a saga under way. */
export type Control = Exclude<ControlHappening, { kind: 'event' }>;

/** A saga by its id, or by its type and business key. */
export type SignalKey = string | { readonly type: string; readonly businessKey: string };

/** What may be said of an event besides its payload. */
export interface SignalOptions {
  /** The event's own id: a second one with the same id changes nothing. Without it, asking again may deliver it twice. */
  readonly id?: string;
  /** Who sends it, for the journal. */
  readonly by?: string;
}

export interface ControlsOptions {
  readonly runner: Runner;
  readonly lookup: Lookup;
  readonly clock: Clock;
  /** Resolves once the journal agrees to the definitions. */
  readonly agree: () => Promise<void>;
  /** How long a wish may take to be journaled, in ms. */
  readonly mostMs: number;
}

type IsWithdrawn = () => boolean;

/** Has happenings from outside applied to sagas, whichever process runs them. */
export class Controls {
  readonly #options: ControlsOptions;

  constructor(options: ControlsOptions) {
    this.#options = options;
  }

  /** @throws as `SagaRuntime.control` */
  control(sagaId: string, happening: Control): Promise<SagaState> {
    return this.#inTime((isWithdrawn) => this.#ask({ by: 'id', sagaId }, happening, isWithdrawn));
  }

  /** @throws as `SagaRuntime.signal` */
  signal(key: SignalKey, event: string, payload: unknown, of: SignalOptions): Promise<SagaState> {
    const happening = { kind: 'event', event, payload, ...of } as const;
    const sagaKey: SagaKey = typeof key === 'string' ? { by: 'id', sagaId: key } : { by: 'businessKey', ...key };
    return this.#inTime((isWithdrawn) =>
      this.#ask(sagaKey, happening, isWithdrawn, (definition) => {
        const contract = contractOf(definition, event);
        if (contract !== undefined) refuseBroken(contract, payload);
      }),
    );
  }

  async #ask(
    key: SagaKey,
    happening: ControlHappening,
    isWithdrawn: IsWithdrawn,
    refuse: (definition: SagaDefinition) => void = () => {},
  ): Promise<SagaState> {
    const { lookup, runner, clock } = this.#options;
    for (;;) {
      const { record, definition } = await lookup.runnable(key);
      if (wasReceived(record.saga, happening)) return record.saga;
      refuse(definition);
      const { ignored } = transition(definition, record.saga, happening, clock.now());
      if (ignored !== undefined) throw new SagaError('NOT_APPLICABLE', ignored);
      const settled = await runner.ask(definition, record, happening, isWithdrawn);
      if (settled.outcome === 'applied') return settled.saga;
      if (settled.outcome === 'lost') continue;
      if (settled.outcome === 'failed') throw late(settled.error);
      const latest = await lookup.find({ by: 'id', sagaId: record.saga.sagaId });
      if (latest !== undefined && wasReceived(latest.saga, happening)) return latest.saga;
      throw new SagaError('NOT_APPLICABLE', settled.reason);
    }
  }

  /** What is asked for waits while the journal is away, but not for ever: then it is not tried again by itself. */
  #inTime<T>(work: (isWithdrawn: IsWithdrawn) => Promise<T>): Promise<T> {
    const { clock, mostMs, agree } = this.#options;
    return new Promise((resolve, reject) => {
      let withdrawn = false;
      const cancel = clock.after(mostMs, () => {
        withdrawn = true;
        reject(late());
      });
      agree()
        .then(() => work(() => withdrawn))
        .then(resolve, reject)
        .finally(cancel);
    });
  }
}

const late = (cause?: unknown) =>
  new SagaError('JOURNAL_UNAVAILABLE', 'the journal could not be written; whether it was is not known; ask again', {
    ...(cause !== undefined && { cause }),
    retryAfterMs: 1_000,
  });

/** Whether the event came before, under the same id. */
const wasReceived = (saga: SagaState, happening: ControlHappening): boolean =>
  happening.kind === 'event' && happening.id !== undefined && (saga.eventIds?.includes(happening.id) ?? false);

/** The event of that name as the definition declares it. */
function contractOf({ steps }: SagaDefinition, name: string): EventContract | undefined {
  const waits = steps.filter((step) => step.kind === 'wait');
  return waits.flatMap(({ event, refusedBy }) => [event, ...refusedBy]).find((event) => event.name === name);
}

function refuseBroken({ name, payload: schema }: EventContract, payload: unknown): void {
  const result = check(schema, payload);
  if (!result.ok) throw new SagaError('INVALID_EVENT', `the payload of ${name} is not valid: ${result.problems}`);
}
