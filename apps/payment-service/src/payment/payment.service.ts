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
} from '@saga-checkout/participant';
import { type Outcome, type OutcomeOf, type PayloadOf, payment } from '@saga-checkout/shared-types';
import { v7 as uuidv7 } from 'uuid';
import { Cashier } from './cashier.js';
import { decideRound, type PaymentHappening, type Plan } from './payment.js';
import { PaymentRepository } from './payment.repository.js';

/** Where a payment's commands pass besides the boundaries of all participants: around the provider, and around its word. */
export const PROVIDER_BOUNDARIES = [
  'before-provider',
  'after-provider',
  'before-outcome-commit',
  'after-outcome-commit',
];

/**
 * Executes commands. What is to be done is decided and committed in rounds: while one round is being written, the next
 * gathers. Then, with no transaction open, the provider is asked, and what it says is recorded by another round.
 *
 *     process:  round (intent PENDING) → provider captures → round (SUCCESS or FAILED) → answer
 *     refund:   round (CANCELLED, if it was open) → provider gives back → round (REFUNDED) → answer
 *
 * A process that dies between any two of these arrows leaves its message unacknowledged, so that the command comes
 * again, here or in a sibling, and goes on from the row:
 *
 * | died after …                       | the command again                                                         |
 * |------------------------------------|---------------------------------------------------------------------------|
 * | nothing                            | as if for the first time                                                  |
 * | the intent                         | PENDING: looks it up, finds nothing, asks with the same key               |
 * | the provider captured or declined  | PENDING: looks it up, finds it, records it                                |
 * | the outcome was recorded           | answers from the row                                                      |
 * | a refund was fenced (CANCELLED)    | has the provider give back, or close the key, again                       |
 * | the provider gave back             | the same: the provider answers the same, REFUNDED is recorded             |
 * | REFUNDED was recorded              | answers from the row                                                      |
 *
 * A capture that is still on its way while the refund passes it by is caught twice: the provider declines a key that
 * the refund has closed, and whoever wants to record a capture on a payment no longer open has it given back.
 *
 * Rejects when the outcome is unknown or nothing was done (database down, no word from the provider): worth trying again.
 */
@Injectable()
export class PaymentService {
  readonly #repository: PaymentRepository;
  readonly #cashier: Cashier;
  readonly #now: () => Date;
  readonly #crashPoint: CrashPoint;
  readonly #countRepeated: CountRepeated;
  readonly #rounds: Batcher<PaymentHappening, Plan>;

  constructor(
    repository: PaymentRepository,
    cashier: Cashier,
    @Inject(CLOCK) now: () => Date,
    @Inject(CRASH_POINT) crashPoint: CrashPoint = noCrashPoint,
    @Inject(COUNT_REPEATED) countRepeated: CountRepeated = countNothing,
  ) {
    this.#repository = repository;
    this.#cashier = cashier;
    this.#now = now;
    this.#crashPoint = crashPoint;
    this.#countRepeated = countRepeated;
    this.#rounds = new Batcher((happenings) => this.#round(happenings), { isItemError: isDataError });
  }

  process(payload: PayloadOf<typeof payment.process>): Promise<OutcomeOf<typeof payment.process>> {
    return this.#execute<typeof payment.process>({ name: 'process', paymentId: uuidv7(), payload });
  }

  refund(payload: PayloadOf<typeof payment.refund>): Promise<OutcomeOf<typeof payment.refund>> {
    return this.#execute<typeof payment.refund>({ name: 'refund', paymentId: uuidv7(), payload });
  }

  /** The outcomes of a round share one type, that of all commands; the rules pair them up again. */
  async #execute<C>(command: PaymentHappening): Promise<OutcomeOf<C>> {
    return (await this.#carryOut(command.payload.orderId, await this.#rounds.push(command))) as OutcomeOf<C>;
  }

  /** Asks the provider what the plan wants, records what it says, and goes on with the plan that comes of that. */
  async #carryOut(orderId: string, plan: Plan): Promise<Outcome> {
    switch (plan.kind) {
      case 'answer':
        return plan.outcome;
      case 'capture': {
        this.#crashPoint('before-provider', payment.process.name);
        const verdict = await this.#cashier.capture(orderId, plan);
        this.#crashPoint('after-provider', payment.process.name);
        const next = await this.#rounds.push({ name: 'settle', payload: { orderId, verdict } });
        return this.#carryOut(orderId, next);
      }
      case 'giveBack': {
        this.#crashPoint('before-provider', payment.refund.name);
        const returned = await this.#cashier.giveBack(orderId, plan.charge);
        this.#crashPoint('after-provider', payment.refund.name);
        const next = await this.#rounds.push({ name: 'returned', payload: { orderId, returned, task: plan } });
        return this.#carryOut(orderId, next);
      }
    }
  }

  async #round(happenings: readonly PaymentHappening[]): Promise<readonly Plan[]> {
    const orderIds = [...new Set(happenings.map(({ payload }) => payload.orderId))];
    const { plans, repeated } = await retryOnConflict(async () => {
      const decided = decideRound(await this.#repository.load(orderIds), happenings);
      const { changed } = decided;
      if (changed.length === 0) return decided;
      this.#pass('before', happenings);
      if (!(await this.#repository.save(changed, this.#now()))) return MOVED;
      this.#pass('after', happenings);
      return decided;
    });
    for (const name of repeated) this.#countRepeated(payment[name].name);
    return plans;
  }

  #pass(side: 'before' | 'after', happenings: readonly PaymentHappening[]): void {
    if (this.#crashPoint === noCrashPoint) return;
    for (const { name } of happenings) this.#crashPoint(`${side}-${COMMITS[name].what}`, COMMITS[name].command);
  }
}

/** What a round commits with each happening: what a command begins with, or how it came out at the provider. */
const COMMITS = {
  process: { what: 'commit', command: payment.process.name },
  settle: { what: 'outcome-commit', command: payment.process.name },
  refund: { what: 'commit', command: payment.refund.name },
  returned: { what: 'outcome-commit', command: payment.refund.name },
} as const;
