import {
  type CommandContract,
  type CommandSender,
  type InputOf,
  type Outcome,
  type OutgoingCommand,
  type OutputOf,
  type RefusalFor,
  systemClock,
} from '@saga-checkout/saga';

/** What a participant may answer to a command. */
type Answer<C extends CommandContract> =
  | { readonly outcome: 'done'; readonly data: InputOf<C['reply']> }
  | { readonly outcome: 'refused'; readonly code: RefusalFor<C>; readonly message: string }
  | { readonly outcome: 'failed'; readonly code: string; readonly message: string };

/** Participants in this very process. Real ones are other services, and what carries commands to them is a broker, or HTTP. */
export class Participants implements CommandSender {
  readonly #handlers = new Map<string, { work: (payload: never) => Outcome; takesMs: number }>();
  /** By saga, step and direction: a real participant keeps this in the transaction that does the work. */
  readonly #outcomes = new Map<string, Outcome>();
  #listener: (id: string, outcome: Outcome) => void = () => {};

  does<C extends CommandContract>(
    command: C,
    takesMs: number,
    work: (payload: OutputOf<C['payload']>) => Answer<C>,
  ): this {
    this.#handlers.set(command.name, { work, takesMs });
    return this;
  }

  onReply(listener: (id: string, outcome: Outcome) => void): void {
    this.#listener = listener;
  }

  send(commands: readonly OutgoingCommand[]): void {
    for (const command of commands) {
      const takesMs = this.#handlers.get(command.name)?.takesMs ?? 0;
      systemClock.after(takesMs, () => this.#listener(command.id, this.#execute(command)));
    }
  }

  #execute({ sagaId, step, phase, name, payload }: OutgoingCommand): Outcome {
    const key = `${sagaId}:${step}`;
    const recorded = this.#outcomes.get(`${key}:${phase}`);
    if (recorded !== undefined) return recorded;
    if (phase === 'do' && this.#outcomes.has(`${key}:undo`))
      return { outcome: 'refused', code: 'TAKEN_BACK', message: 'its compensation came first' };
    const handler = this.#handlers.get(name);
    if (handler === undefined) return { outcome: 'failed', code: 'UNKNOWN_COMMAND', message: `nobody does ${name}` };
    const outcome = handler.work(payload as never);
    if (outcome.outcome !== 'failed') this.#outcomes.set(`${key}:${phase}`, outcome);
    return outcome;
  }
}

/** The answer of a participant that has done what it was asked. */
export const done = <Data>(data: Data) => ({ outcome: 'done', data }) as const;
/** The answer of one that says no, for good. */
export const refused = <const Code extends string>(code: Code, message: string) =>
  ({ outcome: 'refused', code, message }) as const;
