import type { CommandSender, Outcome, OutgoingCommand } from '@saga-checkout/saga';
import { reply } from './definitions.js';

type Listener = (id: string, outcome: Outcome) => void;

const DONE: Outcome = { outcome: 'done', data: reply };

/** Participants that answer everything in the next turn of the event loop; or nothing, while they are held. */
export class InstantParticipants implements CommandSender {
  /** Commands by name that are refused. */
  readonly refused = new Set<string>();
  /** Commands that get no answer before `release`. */
  #held: OutgoingCommand[] | undefined;
  #listener: Listener = () => {};

  onReply(listener: Listener): void {
    this.#listener = listener;
  }

  send(commands: readonly OutgoingCommand[]): void {
    if (this.#held !== undefined) this.#held.push(...commands);
    else setImmediate(() => this.#answer(commands));
  }

  hold(): void {
    this.#held = [];
  }

  /** How many commands wait for their answer. */
  get held(): number {
    return this.#held?.length ?? 0;
  }

  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    this.send(held);
  }

  #answer(commands: readonly OutgoingCommand[]): void {
    for (const { id, name } of commands) {
      this.#listener(id, this.refused.has(name) ? { outcome: 'refused', code: 'NO', message: 'no' } : DONE);
    }
  }
}
