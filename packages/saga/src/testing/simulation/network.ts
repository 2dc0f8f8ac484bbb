import type { CommandContract, Outcome, OutgoingCommand } from '../../core/command.js';
import { check } from '../../core/schema.js';
import type { Clock } from '../../runtime/ports.js';
import { type Interference, LATENCY_MS, type Message } from './interference.js';
import type { Orchestrator } from './orchestrator.js';
import { asJson, type Handler, type Handlers, outcomeOf } from './participants.js';

/** What a participant, or a local function, has really done, whatever the saga came to know of it. */
export interface Executed {
  readonly command: OutgoingCommand;
  readonly outcome: Outcome;
}

export interface NetworkOptions {
  readonly clock: Clock;
  readonly contracts: ReadonlyMap<string, CommandContract>;
  readonly handlers: Handlers;
  readonly interference: Interference;
  /** A handler threw, or was given something that breaks its contract: a fault of the test. */
  readonly onFault: (error: Error) => void;
  /** Somebody's function is under way: time must not pass by it. */
  readonly track: <T>(work: Promise<T>) => Promise<T>;
}

/** A participant's process dies in the middle of its work. */
class Died extends Error {}

/** Carries commands to the handlers and their answers back, on a clock of its own and as well as it is let. */
export class Network {
  /** Commands that have left their process. */
  readonly sent: Message[] = [];
  readonly executed: Executed[] = [];
  readonly #options: NetworkOptions;
  readonly #sendings = new Map<string, number>();

  constructor(options: NetworkOptions) {
    this.#options = options;
    for (const name of options.contracts.keys()) {
      if (options.handlers[name] === undefined)
        throw new Error(`no participant executes ${name}: give it a handler of that name`);
    }
    for (const name of Object.keys(options.handlers)) {
      if (options.contracts.has(name)) continue;
      throw new Error(`no step sends ${name}; they send ${[...options.contracts.keys()].join(', ')}`);
    }
  }

  /** The next sending of the command, or the next call of the function. */
  next(command: OutgoingCommand, isLocal = false): Message {
    const sending = (this.#sendings.get(command.name) ?? 0) + 1;
    this.#sendings.set(command.name, sending);
    return { command, isLocal, sending };
  }

  send(process: Orchestrator, message: Message): void {
    const { clock, interference } = this.#options;
    this.sent.push(message);
    const delivery = interference.command(message);
    if (delivery === 'connectionLost') return process.receive(message, CONNECTION_LOST);
    for (const ms of delivery) clock.after(ms, () => this.#arrive(process, message));
  }

  /** Runs a local function; undefined: nobody hears what came of it. */
  async run(message: Message, run: () => Promise<Outcome>): Promise<Outcome | undefined> {
    const { interference, track } = this.#options;
    const begun = interference.command(message);
    if (begun === 'connectionLost') return CONNECTION_LOST;
    if (!(await this.#after(begun))) return undefined;
    const outcome = interference.answer(message) ?? (await track(run()));
    this.executed.push({ command: message.command, outcome });
    const heard = interference.reply(message, outcome);
    if (heard === 'connectionLost' || !(await this.#after(heard))) return undefined;
    return interference.said(message, outcome);
  }

  /** Whether it arrives at all, after that time. A function is called at once unless it is to be late. */
  async #after([ms]: readonly number[]): Promise<boolean> {
    if (ms !== undefined && ms > LATENCY_MS)
      await new Promise<void>((resolve) => this.#options.clock.after(ms, resolve));
    return ms !== undefined;
  }

  #arrive(process: Orchestrator, message: Message): void {
    if (this.#options.interference.participantDies('before commit', message)) return;
    const answered = this.#execute(message);
    if (answered instanceof Promise) {
      void this.#options.track(answered.then((outcome) => this.#answer(process, message, outcome)));
    } else this.#answer(process, message, answered);
  }

  #answer(process: Orchestrator, message: Message, outcome: Outcome | undefined): void {
    const { clock, interference } = this.#options;
    if (outcome === undefined) return;
    this.executed.push({ command: message.command, outcome });
    if (interference.participantDies('after commit', message)) return;
    const delivery = interference.reply(message, outcome);
    if (delivery === 'connectionLost') return;
    const said = interference.said(message, outcome);
    for (const ms of delivery) clock.after(ms, () => process.receive(message, said));
  }

  /** What the participant answers; undefined if its process dies meanwhile. */
  #execute(message: Message): Outcome | undefined | Promise<Outcome | undefined> {
    const { interference, handlers, contracts } = this.#options;
    const { command } = message;
    const instead = interference.answer(message);
    if (instead !== undefined) return instead;
    const boundary = (name: string) => {
      if (interference.participantDies(name, message)) throw new Died();
    };
    const contract = contracts.get(command.name) as CommandContract;
    try {
      const payload = payloadOf(contract, command);
      const answer = (handlers[command.name] as Handler)(payload as never, { command, boundary });
      if (!(answer instanceof Promise)) return checked(contract, outcomeOf(answer));
      return answer.then((value) => checked(contract, outcomeOf(value))).catch((error: unknown) => this.#failed(error));
    } catch (error) {
      return this.#failed(error);
    }
  }

  #failed(error: unknown): undefined {
    if (!(error instanceof Died)) this.#options.onFault(error instanceof Error ? error : new Error(String(error)));
    return undefined;
  }
}

function payloadOf(contract: CommandContract, { name, payload }: OutgoingCommand): unknown {
  const checked = check(contract.payload, asJson(payload));
  if (checked.ok) return checked.value;
  throw new Error(`the payload of ${name} breaks its contract: ${checked.problems}`);
}

function checked({ name, reply }: CommandContract, outcome: Outcome): Outcome {
  const result = outcome.outcome === 'done' ? check(reply, outcome.data) : { ok: true as const };
  if (result.ok) return outcome;
  throw new Error(`the reply of ${name} breaks its contract: ${result.problems}`);
}

const CONNECTION_LOST: Outcome = {
  outcome: 'failed',
  code: 'CONNECTION_LOST',
  message: 'the connection is lost, says a test',
  transport: true,
};
