import { randomUUID } from 'node:crypto';
import type { PaymentProvider, ProviderRequest, Returned, Verdict } from '../payment-provider.js';
import { realWait, type Wait } from '../wait.js';
import { CHANCE_DECLINE, type Decided, declineMessage, type Fate, fateOf } from './fates.js';
import type { Ledger, Recorded } from './ledger.js';

/** How the simulated provider behaves. */
export interface SimulatedOptions {
  /** Share of plain cards that are declined, 0 to 1. */
  readonly failureRate: number;
  /** Between 0 and 1, like Math.random. */
  readonly random?: () => number;
  readonly wait?: Wait;
}

/** A provider that moves no money, and otherwise behaves like one: idempotent, with books of its own, and not always there. */
export class SimulatedProvider implements PaymentProvider {
  readonly #ledger: Ledger;
  readonly #options: Required<SimulatedOptions>;

  constructor(ledger: Ledger, options: SimulatedOptions) {
    this.#ledger = ledger;
    this.#options = { random: Math.random, wait: realWait, ...options };
  }

  async authorizeAndCapture(request: ProviderRequest, signal: AbortSignal): Promise<Verdict> {
    const { decides, answersAfterMs } = fateOf(request.method);
    const { wait } = this.#options;
    if (decides === 'nothing') {
      await wait(answersAfterMs, signal);
      throw new Error('the simulated provider never answers this payment method');
    }
    // Rolled anew each time it is asked, but only the first decision under the key is entered in the ledger.
    const transactionId = `sim_${randomUUID()}`;
    const recorded = await this.#ledger.decide({ ...request, transactionId, decided: this.#decided(decides) });
    if (answersAfterMs > 0) await wait(answersAfterMs, signal);
    return verdictOf(recorded);
  }

  refund(request: ProviderRequest): Promise<Returned> {
    return this.#ledger.giveBack(request);
  }

  async lookup(idempotencyKey: string): Promise<Verdict | undefined> {
    const recorded = await this.#ledger.lookUp(idempotencyKey);
    return recorded && verdictOf(recorded);
  }

  /** The simulated provider sends no webhooks, so whatever claims to be one of its is forged. */
  verifyWebhook(): boolean {
    return false;
  }

  #decided(decides: Exclude<Fate['decides'], 'nothing'>): Decided {
    if (decides !== 'chance') return decides;
    const { random, failureRate } = this.#options;
    return random() < failureRate ? { declineCode: CHANCE_DECLINE } : 'capture';
  }
}

function verdictOf(recorded: Recorded): Verdict {
  if (recorded.kind === 'CAPTURE') return { outcome: 'captured', transactionId: recorded.transactionId };
  const code = recorded.kind === 'CLOSED' ? 'KEY_CLOSED' : recorded.declineCode;
  return { outcome: 'declined', code, message: declineMessage(code) };
}
