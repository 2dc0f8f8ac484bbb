import { Inject, Injectable } from '@nestjs/common';
import { Batcher } from '@saga-checkout/batching';
import { isDataError, MOVED, retryOnConflict } from '@saga-checkout/database';
import {
  CLOCK,
  COUNT_REPEATED,
  type CountRepeated,
  CRASH_POINT,
  type CrashPoint,
  countNothing,
  noCrashPoint,
  passWith,
} from '@saga-checkout/participant';
import { type Outcome, type OutcomeOf, order, type PayloadOf } from '@saga-checkout/shared-types';
import { decideRound, type OrderCommand } from './order.js';
import { OrderRepository } from './order.repository.js';

/**
 * Executes commands in rounds: while one round is being written, the next gathers. A round loads the orders of all its
 * commands, decides in order of arrival, and saves everything in one statement; the row of an order is the recorded
 * outcome, so that a command that comes again is answered from it.
 *
 * Rejects when the outcome is unknown or nothing was done (database down, too many conflicts): worth trying again.
 */
@Injectable()
export class OrderService {
  readonly #repository: OrderRepository;
  readonly #now: () => Date;
  readonly #crashPoint: CrashPoint;
  readonly #countRepeated: CountRepeated;
  readonly #rounds: Batcher<OrderCommand, Outcome>;

  constructor(
    repository: OrderRepository,
    @Inject(CLOCK) now: () => Date,
    @Inject(CRASH_POINT) crashPoint: CrashPoint = noCrashPoint,
    @Inject(COUNT_REPEATED) countRepeated: CountRepeated = countNothing,
  ) {
    this.#repository = repository;
    this.#now = now;
    this.#crashPoint = crashPoint;
    this.#countRepeated = countRepeated;
    this.#rounds = new Batcher((commands) => this.#execute(commands), { isItemError: isDataError });
  }

  create(payload: PayloadOf<typeof order.create>): Promise<OutcomeOf<typeof order.create>> {
    return this.#ask<typeof order.create>({ name: 'create', payload });
  }

  confirm(payload: PayloadOf<typeof order.confirm>): Promise<OutcomeOf<typeof order.confirm>> {
    return this.#ask<typeof order.confirm>({ name: 'confirm', payload });
  }

  cancel(payload: PayloadOf<typeof order.cancel>): Promise<OutcomeOf<typeof order.cancel>> {
    return this.#ask<typeof order.cancel>({ name: 'cancel', payload });
  }

  /** A round mixes the commands, so its outcomes have the type that all of them share; the rules pair them up again. */
  #ask<C>(command: OrderCommand): Promise<OutcomeOf<C>> {
    return this.#rounds.push(command) as Promise<OutcomeOf<C>>;
  }

  async #execute(commands: readonly OrderCommand[]): Promise<readonly Outcome[]> {
    const { outcomes, repeated } = await retryOnConflict(async () => {
      const now = this.#now();
      const decided = decideRound(await this.#repository.load(wanted(commands)), commands, now);
      if (decided.changed.length === 0) return decided;
      passWith(this.#crashPoint, 'before-commit', commands, order);
      if (!(await this.#repository.save(decided.changed, now))) return MOVED;
      passWith(this.#crashPoint, 'after-commit', commands, order);
      return decided;
    });
    for (const { name } of repeated) this.#countRepeated(order[name].name);
    return outcomes;
  }
}

/** Each order of the round once. */
function wanted(commands: readonly OrderCommand[]) {
  const withContent = new Map<string, boolean>();
  for (const { name, payload } of commands)
    withContent.set(payload.orderId, name === 'create' || withContent.get(payload.orderId) === true);
  return [...withContent].map(([id, withContent]) => ({ id, withContent }));
}
