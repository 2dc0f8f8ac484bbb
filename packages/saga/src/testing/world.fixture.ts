import type { Outcome, OutgoingCommand } from '../core/command.js';
import type { Clock, CommandSender } from '../runtime/ports.js';
import { tripReplies } from './trip.fixture.js';

type Work = 'done' | 'undone' | 'refused';

/** What happens to one sending of a command on its way: nothing, or one of what can go wrong. */
export type Fault =
  | 'none'
  /** The participant never gets it. */
  | 'commandLost'
  /** The participant does it, the answer is lost. */
  | 'replyLost'
  | 'replyTwice'
  /** The participant cannot do it now. */
  | 'failed'
  /** The participant does it, and says that it could not. */
  | 'doneButFailed'
  /** The connection drops at once: synchronously, as a sender that is not connected answers. */
  | 'notConnected'
  | { readonly replyAfterMs: number };

/** What all participants together have done: each keeps its side of the bargain, whatever the engine does. */
export class World {
  /** By saga and step. */
  readonly #work = new Map<string, Work>();
  /** Work that was begun anew, by mistake: idempotent participants would hide it. */
  readonly executed: string[] = [];
  /** Commands by name that are refused, with the code. */
  readonly refusals = new Map<string, string>();
  /** Says which commands are refused besides those, and with which code. */
  refuses: (command: OutgoingCommand) => string | undefined = () => undefined;
  /** Other replies than the usual ones, by command. */
  readonly replies = new Map<string, unknown>();

  execute(command: OutgoingCommand): Outcome {
    const { sagaId, step, phase, name } = command;
    const key = `${sagaId}:${step}`;
    const work = this.#work.get(key);
    if (phase === 'undo') {
      const refusal = this.refusals.get(name);
      if (refusal !== undefined) return { outcome: 'refused', code: refusal, message: 'no' };
      if (work !== 'refused') this.#work.set(key, 'undone');
      return { outcome: 'done', data: {} };
    }
    if (work === 'undone') return { outcome: 'refused', code: 'TAKEN_BACK', message: 'it was taken back before' };
    const refusal = this.refusals.get(name) ?? this.refuses(command);
    if (work !== 'done' && (refusal !== undefined || work === 'refused')) {
      this.#work.set(key, 'refused');
      return { outcome: 'refused', code: refusal ?? 'REFUSED', message: 'no' };
    }
    if (work === undefined) this.executed.push(`${key}:${name}`);
    this.#work.set(key, 'done');
    return { outcome: 'done', data: this.replies.get(name) ?? tripReplies[name] ?? {} };
  }

  /** The steps of the saga whose work is done and not taken back. */
  standing(sagaId: string): string[] {
    return [...this.#work].flatMap(([key, work]) => {
      const [id, step = ''] = key.split(':');
      return id === sagaId && work === 'done' ? [step] : [];
    });
  }
}

/** A connection to the participants, on which things go wrong as a script says. */
export class FakeSender implements CommandSender {
  readonly sent: OutgoingCommand[] = [];
  /** Whether it is connected; if not, it answers so at once. */
  connected = true;
  readonly #world: World;
  readonly #clock: Clock;
  readonly #fault: (command: OutgoingCommand) => Fault;
  #listener: (id: string, outcome: Outcome) => void = () => {};

  constructor(world: World, clock: Clock, fault: (command: OutgoingCommand) => Fault = () => 'none') {
    this.#world = world;
    this.#clock = clock;
    this.#fault = fault;
  }

  onReply(listener: (id: string, outcome: Outcome) => void): void {
    this.#listener = listener;
  }

  isOpen(): boolean {
    return this.connected;
  }

  send(commands: readonly OutgoingCommand[]): void {
    this.sent.push(...commands);
    for (const command of commands) this.#deliver(command, this.connected ? this.#fault(command) : 'notConnected');
  }

  /** An answer that the test makes up. */
  answer(id: string, outcome: Outcome): void {
    this.#listener(id, outcome);
  }

  /** Names of what was sent, with the attempt if it was not the first. */
  get names(): string[] {
    return this.sent.map(({ name, attempt }) => (attempt === 1 ? name : `${name} ${attempt}`));
  }

  #deliver(command: OutgoingCommand, fault: Fault): void {
    const failed: Outcome = { outcome: 'failed', code: 'DATABASE_UNAVAILABLE', message: 'down' };
    const reply = (outcome: Outcome, ms = 1) => this.#clock.after(ms, () => this.#listener(command.id, outcome));
    if (fault === 'commandLost') return;
    if (fault === 'failed') return void reply(failed);
    if (fault === 'notConnected') {
      return this.#listener(command.id, { ...failed, code: 'CONNECTION_LOST', transport: true } as Outcome);
    }
    this.#clock.after(1, () => {
      const outcome = this.#world.execute(command);
      if (fault === 'replyLost') return;
      if (typeof fault === 'object') return void reply(outcome, fault.replyAfterMs);
      reply(fault === 'doneButFailed' ? failed : outcome);
      if (fault === 'replyTwice') reply(outcome, 3);
    });
  }
}
