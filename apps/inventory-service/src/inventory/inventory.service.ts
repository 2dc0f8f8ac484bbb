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
import { inventory, type Outcome, type OutcomeOf, type PayloadOf } from '@saga-checkout/shared-types';
import { InventoryRepository } from './inventory.repository.js';
import { decideRound, type InventoryCommand } from './reservation.js';

/** Injection token of what names new reservations. */
export const NEW_ID = Symbol('new id');

/**
 * Replicas whose rounds want the same product beat each other about every second time. One that has lost this often
 * locks the products before it reads them, so that it cannot lose again.
 */
const OPTIMISTIC_ATTEMPTS = 3;

/**
 * Executes commands in rounds: while one round is being written, the next gathers. A round loads the products and
 * orders of all its commands, decides in order of arrival, and saves everything in one statement; the row of an order
 * is the recorded outcome, so that a command that comes again is answered from it.
 *
 * Rejects when the outcome is unknown or nothing was done (database down, too many conflicts): worth trying again.
 */
@Injectable()
export class InventoryService {
  readonly #repository: InventoryRepository;
  readonly #now: () => Date;
  readonly #newId: () => string;
  readonly #crashPoint: CrashPoint;
  readonly #countRepeated: CountRepeated;
  readonly #rounds: Batcher<InventoryCommand, Outcome>;

  constructor(
    repository: InventoryRepository,
    @Inject(CLOCK) now: () => Date,
    @Inject(NEW_ID) newId: () => string,
    @Inject(CRASH_POINT) crashPoint: CrashPoint = noCrashPoint,
    @Inject(COUNT_REPEATED) countRepeated: CountRepeated = countNothing,
  ) {
    this.#repository = repository;
    this.#now = now;
    this.#newId = newId;
    this.#crashPoint = crashPoint;
    this.#countRepeated = countRepeated;
    this.#rounds = new Batcher((commands) => this.#execute(commands), { isItemError: isDataError });
  }

  reserve(payload: PayloadOf<typeof inventory.reserve>): Promise<OutcomeOf<typeof inventory.reserve>> {
    return this.#ask<typeof inventory.reserve>({ name: 'reserve', payload });
  }

  release(payload: PayloadOf<typeof inventory.release>): Promise<OutcomeOf<typeof inventory.release>> {
    return this.#ask<typeof inventory.release>({ name: 'release', payload });
  }

  /** A round mixes the commands, so its outcomes have the type that all of them share; the rules pair them up again. */
  #ask<C>(command: InventoryCommand): Promise<OutcomeOf<C>> {
    return this.#rounds.push(command) as Promise<OutcomeOf<C>>;
  }

  async #execute(commands: readonly InventoryCommand[]): Promise<readonly Outcome[]> {
    const orderIds = [...new Set(commands.map(({ payload }) => payload.orderId))];
    const productIds = [...new Set(commands.flatMap(productsOf))];
    const round = async (repository: InventoryRepository) => {
      const state = await repository.load(orderIds, productIds);
      const decided = decideRound(state, commands, this.#newId);
      const { stock, orders } = decided;
      if (orders.length === 0) return { ...decided, written: false };
      passWith(this.#crashPoint, 'before-commit', commands, inventory);
      return (await repository.save(stock, orders, this.#now())) ? { ...decided, written: true } : MOVED;
    };
    let attempt = 0;
    const { outcomes, repeated, written } = await retryOnConflict(() => {
      attempt++;
      return attempt <= OPTIMISTIC_ATTEMPTS
        ? round(this.#repository)
        : this.#repository.exclusively(orderIds, productIds, round);
    });
    if (written) passWith(this.#crashPoint, 'after-commit', commands, inventory);
    for (const { name } of repeated) this.#countRepeated(inventory[name].name);
    return outcomes;
  }
}

function productsOf(command: InventoryCommand): string[] {
  return command.name === 'reserve' ? command.payload.items.map(({ productId }) => productId) : [];
}
