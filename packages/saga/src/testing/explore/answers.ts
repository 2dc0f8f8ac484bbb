import type { Outcome, OutgoingCommand } from '../../core/command.js';

/**
 * The answers that a saga has heard in a run that nothing disturbs: there is no reason then to ask again, nor to take back
 * what was refused.
 */
export class Answers {
  readonly #final = new Map<string, Outcome['outcome']>();

  heard({ step, phase }: OutgoingCommand, { outcome }: Outcome): void {
    if (outcome === 'done' || (outcome === 'refused' && phase === 'do')) this.#final.set(`${step} ${phase}`, outcome);
  }

  /** What is wrong with sending it now, if anything is. */
  problemOf({ name, step, phase }: OutgoingCommand): string | undefined {
    const answer = this.#final.get(`${step} ${phase}`);
    if (answer !== undefined) return `${name} is sent again although its answer had come: ${answer}`;
    if (phase === 'undo' && this.#final.get(`${step} do`) === 'refused')
      return `${step} was refused, so that nothing was done, and is taken back all the same`;
    // An attempt that failed may be taken back before the next one, and so on.
    if (phase === 'do') this.#final.delete(`${step} undo`);
    return undefined;
  }
}
