import type { OutgoingCommand } from '@saga-checkout/saga';

/** What is remembered of a command until it is answered. */
export interface Sent extends Pick<OutgoingCommand, 'sagaId' | 'phase'> {
  readonly at: number;
}

/** How many missed commands are remembered, so that a late answer is known for one. */
const LATE = 1_000;

/** The commands that one participant has been sent and has not answered; by their ids. */
export class AwaitedCommands {
  /** The oldest is the first. */
  readonly #awaited = new Map<string, Sent>();
  readonly #late = new Map<string, Sent>();

  has(commandId: string): boolean {
    return this.#awaited.has(commandId);
  }

  add(commandId: string, sent: Sent): void {
    this.#awaited.set(commandId, sent);
  }

  /** Waits no more for a command, and tells what it was; undefined if it is not one of these. */
  settle(commandId: string): Sent | undefined {
    const sent = this.#awaited.get(commandId) ?? this.#late.get(commandId);
    this.#awaited.delete(commandId);
    this.#late.delete(commandId);
    return sent;
  }

  /** How many were sent at that time or before, and not answered. They are counted once; their answers are known for a while. */
  miss(before: number): number {
    let missed = 0;
    for (const [commandId, sent] of this.#awaited) {
      if (sent.at > before) break;
      missed += 1;
      this.#awaited.delete(commandId);
      this.#late.set(commandId, sent);
      if (this.#late.size > LATE) this.#late.delete(this.#late.keys().next().value ?? '');
    }
    return missed;
  }
}
