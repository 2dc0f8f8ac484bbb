import type { IncomingHttpHeaders } from 'node:http';

/** What is to be taken: an amount of money in minor units (cents), by which method, through which provider. */
export interface Charge {
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly method: string;
  readonly provider: string;
}

/** What a provider decided about a charge. It is final: asked again with the same key, it says the same. */
export type Verdict =
  | { readonly outcome: 'captured'; readonly transactionId: string }
  | { readonly outcome: 'declined'; readonly code: string; readonly message: string };

/** What a refund gave back: the whole capture, or nothing because nothing had been captured. */
export type Returned =
  | { readonly outcome: 'refunded'; readonly transactionId: string }
  | { readonly outcome: 'nothing' };

/** One charge under its key. The key is the order's id, so that an order is charged once, however often it is asked for. */
export interface ProviderRequest extends Charge {
  readonly idempotencyKey: string;
}

/**
 * What takes the money. A call that rejects, or is aborted by its signal, has an unknown outcome: it may have taken
 * effect, and `lookup` tells. No call is made inside a database transaction of this service.
 */
export interface PaymentProvider {
  /** Takes the money at once. Repeated with the same key it captures nothing more and answers the same. */
  authorizeAndCapture(request: ProviderRequest, signal: AbortSignal): Promise<Verdict>;

  /**
   * Gives back in full what was captured under the key, and closes the key: a capture that arrives later, because it
   * was still on its way, is declined. Repeated it gives back nothing more and answers the same.
   */
  refund(request: ProviderRequest, signal: AbortSignal): Promise<Returned>;

  /** What was decided under the key, also when it has been given back since; `undefined` if nothing was. */
  lookup(idempotencyKey: string, signal: AbortSignal): Promise<Verdict | undefined>;

  /** Whether a webhook's body, exactly as it came, was signed by the provider. */
  verifyWebhook(rawBody: Buffer, headers: IncomingHttpHeaders): boolean;
}
