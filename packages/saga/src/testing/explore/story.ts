import type { Outcome } from '../../core/command.js';
import type { LogEntry } from '../../core/log.js';
import type { Clock } from '../../runtime/ports.js';
import type { Boundary, Message } from '../simulation/interference.js';
import type { Orchestrator } from '../simulation/orchestrator.js';

/** Tells what happens in a run, in the order in which it happens, with the ms since its beginning. */
export class Story {
  readonly lines: string[] = [];
  readonly #clock: Clock;
  readonly #begin: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#begin = clock.now();
  }

  tell(what: string): void {
    this.lines.push(`${String(this.#clock.now() - this.#begin).padStart(8)} ms  ${what}`);
  }

  wrote(logs: readonly LogEntry[]): void {
    const entries = logs.map(({ event, step, attempt }) => {
      const again = attempt !== null && attempt > 1 ? ` (${attempt})` : '';
      return step === null ? event : `${event} ${step}${again}`;
    });
    if (entries.length > 0) this.tell(`the journal has ${entries.join(', ')}`);
  }

  answered({ command }: Message, outcome: Outcome): void {
    const code = outcome.outcome === 'done' ? '' : ` ${outcome.code}`;
    this.tell(`${command.name}: ${outcome.outcome}${code}`);
  }

  reached({ owner }: Orchestrator, { when, what, of }: Boundary): void {
    if (what === 'claim') this.tell(`${owner} takes the saga over`);
    else if (when === 'before' && what === 'reply') this.tell(`the answer of ${of} arrives at ${owner}`);
    else if (when === 'before' && what === 'send') this.tell(`${owner} sends ${of}`);
    else if (when === 'before' && what === 'run') this.tell(`${owner} runs the function: ${of}`);
  }
}
