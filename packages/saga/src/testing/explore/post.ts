import type { SagaDefinition } from '../../core/definition.js';
import type { Clock } from '../../runtime/ports.js';
import { type Delivery, LATENCY_MS, type Message } from '../simulation/interference.js';
import type { Course } from './course.js';
import type { Action } from './disturbance.js';
import { drawn } from './random.js';

/** Later than any saga of an exploration ends, in ms. */
export const LATE_MS = 400 * 86_400_000;
/** How much longer a message takes while others overtake it, in ms. */
const OVERTAKEN_MS = 10;
/** How much later than the saga waits for its answer a message comes that is delayed, in ms. */
const DELAYED_MS = 1_000;
/** Latencies are drawn from so many whole ms. */
const LATENCIES = 3;

const KINDS = {
  there: { local: 'call', remote: 'command' },
  back: { local: 'return', remote: 'reply' },
} as const;

export interface PostOptions {
  readonly definition: SagaDefinition;
  readonly course: Course;
  readonly clock: Clock;
  readonly seed: number;
}

/** Says when messages arrive: soon, unless the course of the run has it otherwise. */
export class Post {
  readonly #options: PostOptions;
  #underWay = 0;

  constructor(options: PostOptions) {
    this.#options = options;
  }

  delivery(way: 'there' | 'back', message: Message): Delivery {
    const { course, clock, seed } = this.#options;
    const { command, sending } = message;
    const { name } = command;
    const kind = KINDS[way][message.isLocal ? 'local' : 'remote'];
    const isCrowded = this.#underWay > 0 && !message.isLocal;
    const action = course.reach(isCrowded ? [kind, 'crowded'] : [kind], `${kind} of ${name}`);
    const ms = LATENCY_MS + drawn(`${seed} ${kind} ${name} ${sending}`, LATENCIES);
    this.#underWay++;
    clock.after(ms, () => this.#underWay--);
    return timesOf(action, ms, this.#timeoutOf(command));
  }

  #timeoutOf({ step: name, phase }: Message['command']): number {
    const step = this.#options.definition.steps.find((each) => each.name === name);
    return (phase === 'do' ? step?.timeoutMs : step?.compensation?.timeoutMs) ?? 0;
  }
}

function timesOf(action: Action | undefined, ms: number, timeoutMs: number): readonly number[] {
  switch (action) {
    case 'lose':
      return [];
    case 'repeat':
      return [ms, ms + 1];
    case 'echo':
      return [ms, LATE_MS];
    case 'delay':
      return [timeoutMs + DELAYED_MS];
    case 'late':
      return [LATE_MS];
    case 'overtake':
      return [ms + OVERTAKEN_MS];
    default:
      return [ms];
  }
}
