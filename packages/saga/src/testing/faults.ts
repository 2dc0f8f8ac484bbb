import type { Outcome } from '../core/command.js';
import { type Delivery, type Interference, LATENCY_MS, type Message, smooth } from './simulation/interference.js';
import type { Orchestrator } from './simulation/orchestrator.js';

/** What can go wrong with one sending of a command, or with one call of a local function. */
export type Fault =
  /** Nothing: takes an earlier fault back. */
  | 'none'
  /** The participant never gets it. */
  | 'commandLost'
  /** The participant gets it again. */
  | 'commandTwice'
  /** The participant does it, the answer is lost. */
  | 'replyLost'
  | 'replyTwice'
  /** The participant cannot do it now, and says so. */
  | 'failed'
  /** The participant does it, and says that it could not. */
  | 'doneButFailed'
  /** The connection is gone: a failure that does not count against the step's attempts. */
  | 'connectionLost'
  /** The process that runs the saga dies at this moment, and another one of the same name takes over. */
  | 'crashBeforeSend'
  | 'crashAfterSend'
  /** … when the answer is about to arrive. */
  | 'crashBeforeReply'
  /** … when it has arrived and is not in the journal yet. */
  | 'crashAfterReply'
  /** The participant refuses it with this code, and does nothing. */
  | { readonly refusal: string }
  /** How long the command, or the answer, is on its way, in ms. */
  | { readonly commandAfterMs: number }
  | { readonly replyAfterMs: number };

/** For the nth sending of the command (from 1), retries included; or for each. */
export type Sending = number | 'always';

/** How much later the second copy of a message comes, in ms. */
const AGAIN_MS = 3;

/** What a test has said that is to go wrong. */
export class Faults {
  readonly #faults = new Map<string, Map<Sending, Fault>>();
  readonly #crash: (process: Orchestrator) => void;

  constructor(crash: (process: Orchestrator) => void) {
    this.#crash = crash;
  }

  set(command: string, fault: Fault, sending: Sending): void {
    const faults = this.#faults.get(command) ?? new Map<Sending, Fault>();
    if (sending === 'always') faults.clear();
    this.#faults.set(command, faults.set(sending, fault));
  }

  /** Whether nothing was said of this sending. */
  spares(message: Message): boolean {
    return this.#of(message) === 'none';
  }

  get interference(): Interference {
    return {
      ...smooth,
      boundary: (process, { when, what, message }) => {
        if (message !== undefined && this.#of(message) === CRASHES[`${when} ${what}`]) this.#crash(process);
      },
      command: (message) => this.#command(this.#of(message)),
      answer: (message) => answerInstead(this.#of(message)),
      reply: (message) => this.#reply(this.#of(message)),
      said: (message, outcome) => (this.#of(message) === 'doneButFailed' ? FAILED : outcome),
    };
  }

  #of({ command, sending }: Message): Fault {
    const faults = this.#faults.get(command.name);
    return faults?.get(sending) ?? faults?.get('always') ?? 'none';
  }

  #command(fault: Fault): Delivery {
    if (fault === 'commandLost') return [];
    if (fault === 'connectionLost') return fault;
    if (fault === 'commandTwice') return [LATENCY_MS, AGAIN_MS];
    return typeof fault === 'object' && 'commandAfterMs' in fault ? [fault.commandAfterMs] : [LATENCY_MS];
  }

  #reply(fault: Fault): Delivery {
    if (fault === 'replyLost') return [];
    if (fault === 'replyTwice') return [LATENCY_MS, AGAIN_MS];
    return typeof fault === 'object' && 'replyAfterMs' in fault ? [fault.replyAfterMs] : [LATENCY_MS];
  }
}

/** At which boundary which fault lets the process die. A function's call is its sending, and its return the answer. */
const CRASHES: Readonly<Record<string, Fault>> = {
  'before send': 'crashBeforeSend',
  'before run': 'crashBeforeSend',
  'after send': 'crashAfterSend',
  'before reply': 'crashBeforeReply',
  'after reply': 'crashAfterReply',
  'after run': 'crashBeforeReply',
};

function answerInstead(fault: Fault): Outcome | undefined {
  if (fault === 'failed') return FAILED;
  if (typeof fault !== 'object' || !('refusal' in fault)) return undefined;
  return { outcome: 'refused', code: fault.refusal, message: `refused by a test: ${fault.refusal}` };
}

const FAILED: Outcome = { outcome: 'failed', code: 'FAILED', message: 'failed by a test' };
