import { deepStrictEqual, ok } from 'node:assert/strict';
import type { Action } from './arbitrary.fixture.js';
import type { Outcome, OutgoingCommand } from './command.js';
import type { SagaDefinition } from './definition.js';
import { evolve, fold } from './evolve.js';
import type { Happening } from './happening.js';
import type { LogEntry } from './log.js';
import { hasEnded, type SagaState } from './saga.js';
import { begin, type Transition, transition } from './transition.js';

const OUTCOMES: Record<'done' | 'refused' | 'failed' | 'lost', Outcome> = {
  done: { outcome: 'done', data: { fine: true } },
  refused: { outcome: 'refused', code: 'NO', message: 'no' },
  failed: { outcome: 'failed', code: 'DOWN', message: 'down' },
  lost: { outcome: 'failed', code: 'CONNECTION_LOST', message: 'gone', transport: true },
};

/** More happenings than any saga of the generators needs to end. */
const ENOUGH = 200;

/** One saga under whatever happens; checks after each happening what must hold at every moment. */
export class Play {
  readonly definition: SagaDefinition;
  readonly logs: LogEntry[] = [];
  readonly sent: OutgoingCommand[] = [];
  saga: SagaState;
  #now = 1_900_000_000_000;
  #dueAt: number | null;

  constructor(definition: SagaDefinition) {
    this.definition = definition;
    const first = begin(definition, { sagaId: 's', businessKey: 'b', input: { some: 'input' } }, this.#now);
    this.saga = first.saga;
    this.#dueAt = first.dueAt;
    this.#follow(first, undefined);
  }

  folded(): SagaState {
    return fold(this.logs, 's');
  }

  act(action: Action): void {
    switch (action.do) {
      case 'answerLatest':
        return this.#answer(this.sent.at(-1), action.answer);
      case 'answerAny':
        return this.#answer(this.sent[action.command % this.sent.length], action.answer);
      case 'answerNobody': {
        const { step, phase, attempt } = action;
        return this.#happen({ kind: 'reply', step, phase, attempt, outcome: OUTCOMES.done });
      }
      case 'pass':
        this.#now += action.ms;
        return this.#happen({ kind: 'due' });
      case 'passUntilDue':
        this.#now = Math.max(this.#now, this.#dueAt ?? 0);
        return this.#happen({ kind: 'due' });
      case 'recover':
        return this.#happen({ kind: 'recovered' });
      case 'cancel':
        return this.#happen({ kind: 'cancelRequested', reason: 'r' });
      case 'retry':
        return this.#happen({ kind: 'retry' });
      case 'skipParked': {
        const parked = Object.keys(this.saga.steps).find(
          (name) => this.saga.steps[name]?.status === 'COMPENSATION_FAILED',
        );
        return this.#happen({ kind: 'skip', step: parked ?? 'nobody', reason: 'r' });
      }
    }
  }

  /** From now on every command is answered at once, and a person looks after what is parked. */
  finish(): void {
    for (let times = 0; times < ENOUGH && !hasEnded(this.saga); times++) {
      if (this.saga.status === 'COMPENSATION_FAILED') this.act({ do: 'retry' });
      else if (this.#awaitsAnswer()) this.act({ do: 'answerLatest', answer: 'done' });
      else this.act({ do: 'passUntilDue' });
    }
  }

  #awaitsAnswer(): boolean {
    return Object.values(this.saga.steps).some((step) => 'waiting' in step && 'dueAt' in step.waiting);
  }

  #answer(command: OutgoingCommand | undefined, answer: keyof typeof OUTCOMES): void {
    if (command === undefined) return;
    const { step, phase, attempt } = command;
    this.#happen({ kind: 'reply', step, phase, attempt, outcome: OUTCOMES[answer] });
  }

  #happen(happening: Happening): void {
    const before = this.saga;
    // As the journal gives it back.
    const read = JSON.parse(JSON.stringify(before)) as SagaState;
    this.#follow(transition(this.definition, read, happening, this.#now), before);
  }

  #follow(next: Transition, before: SagaState | undefined): void {
    const { saga, logs, commands, dueAt, ignored } = next;
    if (before !== undefined) deepStrictEqual(logs.reduce(evolve, before), saga);
    deepStrictEqual(JSON.parse(JSON.stringify(saga)), saga);
    deepStrictEqual(
      logs.map(({ seq }) => seq),
      logs.map((_, index) => (before?.logSeq ?? 0) + index + 1),
    );
    const parked = saga.status === 'COMPENSATION_FAILED';
    ok(hasEnded(saga) || parked ? dueAt === null : Number.isFinite(dueAt), `due ${dueAt} while ${saga.status}`);
    if (ignored !== undefined) ok(commands.length === 0 && logs.every(({ event }) => event === 'LATE_REPLY_IGNORED'));
    ok(commands.length <= 1 && commands.every((command) => this.#isFirst(command)), 'a command has the id of another');
    for (const { phase, step, payload } of commands)
      if (phase === 'do') deepStrictEqual(payload, completedBefore(saga, step));
    this.saga = saga;
    this.#dueAt = dueAt;
    this.logs.push(...logs);
    this.sent.push(...commands);
  }

  #isFirst({ id }: OutgoingCommand): boolean {
    return this.sent.every((command) => command.id !== id);
  }
}

const completedBefore = ({ steps }: SagaState, step: string): string[] =>
  Object.keys(steps)
    .slice(0, Number(step.slice(1)))
    .filter((name) => steps[name]?.status === 'COMPLETED');
