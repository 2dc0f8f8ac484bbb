import { CommandFailure } from '@saga-checkout/messaging';
import { DeadlineError, withDeadline } from '../providers/deadline.js';
import type { Charge, PaymentProvider, ProviderRequest, Returned, Verdict } from '../providers/payment-provider.js';
import { realWait, type Wait } from '../providers/wait.js';
import type { Capture } from './payment.js';

/** What the cashier needs of a logger. */
interface CashierLog {
  warn(fields: object, message: string): void;
}

/** Whom the cashier asks, and how patiently. */
export interface CashierOptions {
  /** The providers, by the name that a payment choice gives them. */
  readonly providers: Readonly<Record<string, PaymentProvider>>;
  /** How long one call may take, in ms. */
  readonly timeoutMs: number;
  readonly log: CashierLog;
  readonly wait?: Wait;
}

/**
 * Asks providers, each call with a deadline, and finds out what became of a call whose answer did not come. Rejects with
 * a CommandFailure, PROVIDER_TIMEOUT or PROVIDER_UNAVAILABLE, when that cannot be found out now.
 */
export class Cashier {
  readonly #options: Required<CashierOptions>;

  constructor(options: CashierOptions) {
    this.#options = { wait: realWait, ...options };
  }

  /** Takes the money of an order; once, however often it is asked. */
  async capture(orderId: string, { charge, lookUpFirst }: Capture): Promise<Verdict> {
    const earlier = lookUpFirst ? await this.#lookUp(orderId, charge) : undefined;
    if (earlier) return earlier;
    try {
      return await this.#ask(charge, (provider, signal) =>
        provider.authorizeAndCapture(requestOf(orderId, charge), signal),
      );
    } catch (error) {
      this.#options.log.warn({ err: error, orderId }, 'the outcome of a charge is unknown: looking it up');
      const verdict = await this.#lookUp(orderId, charge);
      if (verdict) return verdict;
      throw failureOf(error);
    }
  }

  /** Has whatever was captured for the order given back; once, however often it is asked. */
  giveBack(orderId: string, charge: Charge): Promise<Returned> {
    const request = requestOf(orderId, charge);
    return this.#ask(charge, (provider, signal) => provider.refund(request, signal)).catch((error: unknown) => {
      throw failureOf(error);
    });
  }

  #lookUp(orderId: string, charge: Charge): Promise<Verdict | undefined> {
    return this.#ask(charge, (provider, signal) => provider.lookup(orderId, signal)).catch((error: unknown) => {
      throw failureOf(error);
    });
  }

  async #ask<T>(charge: Charge, call: (provider: PaymentProvider, signal: AbortSignal) => Promise<T>): Promise<T> {
    const { providers, timeoutMs, wait } = this.#options;
    const provider = Object.hasOwn(providers, charge.provider) ? providers[charge.provider] : undefined;
    if (!provider) throw new Error(`this service has no payment provider ${charge.provider}`);
    return withDeadline(timeoutMs, (signal) => call(provider, signal), wait);
  }
}

function requestOf(orderId: string, charge: Charge): ProviderRequest {
  return { idempotencyKey: orderId, ...charge };
}

/** What is answered; what lies behind it is logged with the failure. */
function failureOf(error: unknown): CommandFailure {
  if (error instanceof DeadlineError) return new CommandFailure('PROVIDER_TIMEOUT', error.message);
  return new CommandFailure('PROVIDER_UNAVAILABLE', 'the payment provider cannot be reached', { cause: error });
}
