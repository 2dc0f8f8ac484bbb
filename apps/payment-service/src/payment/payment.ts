import type { Outcome, PayloadOf, payment } from '@saga-checkout/shared-types';
import { toMinor } from '@saga-checkout/shared-types';
import type { Charge, Returned, Verdict } from '../providers/payment-provider.js';

interface Identity {
  readonly id: string;
  readonly orderId: string;
  /** Version of the row as it was read; 0 when there is no row yet. */
  readonly version: number;
}

/** A payment whose outcome is open: the intent is recorded, so the provider may have been asked. */
type OpenPayment = Identity & { readonly status: 'PENDING' | 'REQUIRES_ACTION'; readonly charge: Charge };

/** A payment, as far as deciding needs it. */
export type Payment =
  | OpenPayment
  | (Identity & { readonly status: 'SUCCESS'; readonly charge: Charge; readonly transactionId: string })
  | (Identity & { readonly status: 'FAILED'; readonly charge: Charge; readonly code: string; readonly message: string })
  | (Identity & {
      readonly status: 'REFUNDED';
      readonly charge: Charge;
      readonly transactionId: string;
      readonly reason: string;
    })
  /** Without a charge it is a tombstone: the refund came first, and the provider was never asked. */
  | (Identity & { readonly status: 'CANCELLED'; readonly charge?: Charge; readonly reason: string });

/** What can happen to a payment: the two commands, and what the provider answers to what they ask of it. */
export type PaymentHappening =
  /** `paymentId` is what the payment is called if this creates it. */
  | { readonly name: 'process'; readonly paymentId: string; readonly payload: PayloadOf<typeof payment.process> }
  | { readonly name: 'refund'; readonly paymentId: string; readonly payload: PayloadOf<typeof payment.refund> }
  | { readonly name: 'settle'; readonly payload: { readonly orderId: string; readonly verdict: Verdict } }
  | {
      readonly name: 'returned';
      readonly payload: { readonly orderId: string; readonly returned: Returned; readonly task: GiveBack };
    };

/** What to do once the change is committed: answer, or ask the provider first and come back with what it says. */
export type Plan = { readonly kind: 'answer'; readonly outcome: Outcome } | Capture | GiveBack;

/** Ask the provider for the money. If it may have been asked before, what it knows about that comes first. */
export interface Capture {
  readonly kind: 'capture';
  readonly charge: Charge;
  readonly lookUpFirst: boolean;
}

/** Have the provider give back whatever it captured, for this reason, and then answer `then`. */
export interface GiveBack {
  readonly kind: 'giveBack';
  readonly charge: Charge;
  readonly reason: string;
  readonly then: Outcome;
}

/** The plan for one happening, and the payment as it then is, if it changed. */
export interface Decision {
  readonly plan: Plan;
  readonly next?: Payment;
}

/** Decides one happening on the payment as it is; `undefined` when nothing is known of it. Pure. */
export function decide(current: Payment | undefined, happening: PaymentHappening): Decision {
  switch (happening.name) {
    case 'process':
      return process(current, happening.payload, happening.paymentId);
    case 'refund':
      return refund(current, happening.payload, happening.paymentId);
    case 'settle':
      return settle(current, happening.payload.verdict);
    case 'returned':
      return returned(current, happening.payload.returned, happening.payload.task);
  }
}

/** The plans of a round, one each, and every payment that has changed, once, as it is at the end. */
export interface RoundDecision {
  readonly plans: readonly Plan[];
  readonly changed: readonly Payment[];
  /** The commands whose work had been done before, so that they change nothing and nobody is asked. */
  readonly repeated: readonly ('process' | 'refund')[];
}

/** Decides the happenings of a round in their order of arrival, so that each sees what those before it did. Pure. */
export function decideRound(
  payments: ReadonlyMap<string, Payment>,
  happenings: readonly PaymentHappening[],
): RoundDecision {
  const changed = new Map<string, Payment>();
  const repeated: ('process' | 'refund')[] = [];
  const plans = happenings.map((happening) => {
    const { name, payload } = happening;
    const current = changed.get(payload.orderId) ?? payments.get(payload.orderId);
    const { plan, next } = decide(current, happening);
    if (next) changed.set(payload.orderId, next);
    else if (current && plan.kind === 'answer' && (name === 'process' || name === 'refund')) repeated.push(name);
    return plan;
  });
  return { plans, changed: [...changed.values()], repeated };
}

function process(current: Payment | undefined, payload: PayloadOf<typeof payment.process>, id: string): Decision {
  const { orderId, amount, currency } = payload;
  const charge = { amountMinor: toMinor(amount), currency, ...payload.payment };
  if (!current)
    return {
      plan: { kind: 'capture', charge, lookUpFirst: false },
      next: { id, orderId, version: 0, status: 'PENDING', charge },
    };
  switch (current.status) {
    // Before the content is compared: a tombstone has none, and what may have been captured must be given back.
    case 'CANCELLED':
      return { plan: backOut(current) };
    case 'REFUNDED':
      return answer(cancelled(orderId));
    case 'PENDING':
    case 'REQUIRES_ACTION':
      return sameCharge(current.charge, charge)
        ? { plan: { kind: 'capture', charge, lookUpFirst: true } }
        : conflict(orderId);
    case 'SUCCESS':
    case 'FAILED':
      return sameCharge(current.charge, charge) ? answer(recorded(current)) : conflict(orderId);
  }
}

function refund(current: Payment | undefined, payload: PayloadOf<typeof payment.refund>, id: string): Decision {
  const { orderId, reason } = payload;
  if (!current) return { plan: done, next: { id, orderId, version: 0, status: 'CANCELLED', reason } };
  switch (current.status) {
    case 'PENDING':
    case 'REQUIRES_ACTION': {
      // The fence goes up before the provider is asked: a capture that is recorded later finds it, and is given back.
      const next = { ...identity(current), status: 'CANCELLED' as const, charge: current.charge, reason };
      return { plan: giveBack(current.charge, reason, done.outcome), next };
    }
    case 'SUCCESS':
      return { plan: giveBack(current.charge, reason, done.outcome) };
    case 'CANCELLED':
      return { plan: current.charge ? giveBack(current.charge, current.reason, done.outcome) : done };
    case 'FAILED':
    case 'REFUNDED':
      return { plan: done };
  }
}

function settle(current: Payment | undefined, verdict: Verdict): Decision {
  switch (current?.status) {
    case undefined:
      return failed('PAYMENT_LOST', 'the payment that the provider answered for is no longer recorded');
    case 'PENDING':
    case 'REQUIRES_ACTION': {
      const next = concluded(current, verdict);
      return { plan: { kind: 'answer', outcome: recorded(next) }, next };
    }
    case 'CANCELLED':
      return { plan: verdict.outcome === 'captured' ? backOut(current) : answer(cancelled(current.orderId)).plan };
    case 'REFUNDED':
      return answer(cancelled(current.orderId));
    case 'SUCCESS':
    case 'FAILED':
      // The same command twice: the provider gave both the same answer, and the other one was faster.
      return answer(recorded(current));
  }
}

function returned(current: Payment | undefined, returned: Returned, { reason, then }: GiveBack): Decision {
  if (returned.outcome === 'nothing' && current?.status === 'SUCCESS')
    return failed('PROVIDER_CONTRADICTION', `the provider knows of no capture ${current.transactionId} to give back`);
  if (returned.outcome === 'nothing' || (current?.status !== 'SUCCESS' && current?.status !== 'CANCELLED'))
    return answer(then);
  if (!current.charge) return failed('PROVIDER_CONTRADICTION', 'money was given back that was never asked for');
  const { transactionId } = returned;
  const next = { ...identity(current), status: 'REFUNDED' as const, charge: current.charge, transactionId, reason };
  return { plan: { kind: 'answer', outcome: then }, next };
}

function concluded(open: OpenPayment, verdict: Verdict): Extract<Payment, { status: 'SUCCESS' | 'FAILED' }> {
  const { charge } = open;
  if (verdict.outcome === 'captured')
    return { ...identity(open), status: 'SUCCESS', charge, transactionId: verdict.transactionId };
  return { ...identity(open), status: 'FAILED', charge, code: verdict.code, message: verdict.message };
}

/** What the row says the outcome was. */
function recorded(payment: Extract<Payment, { status: 'SUCCESS' | 'FAILED' }>): Outcome {
  if (payment.status === 'SUCCESS')
    return { outcome: 'done', data: { paymentId: payment.id, transactionId: payment.transactionId } };
  const { message, code: declineCode } = payment;
  return { outcome: 'refused', code: 'PAYMENT_DECLINED', message, details: { declineCode } };
}

/** A cancelled payment refuses to be processed; if its provider may have captured something, that goes back first. */
function backOut({ orderId, charge, reason }: Extract<Payment, { status: 'CANCELLED' }>): Plan {
  const then = cancelled(orderId);
  return charge ? giveBack(charge, reason, then) : { kind: 'answer', outcome: then };
}

function sameCharge(a: Charge, b: Charge): boolean {
  return (
    a.amountMinor === b.amountMinor && a.currency === b.currency && a.method === b.method && a.provider === b.provider
  );
}

const identity = ({ id, orderId, version }: Payment): Identity => ({ id, orderId, version });
const giveBack = (charge: Charge, reason: string, then: Outcome): GiveBack => ({
  kind: 'giveBack',
  charge,
  reason,
  then,
});
const done = { kind: 'answer', outcome: { outcome: 'done', data: {} } } as const;
const cancelled = (orderId: string): Outcome => ({
  outcome: 'refused',
  code: 'PAYMENT_CANCELLED',
  message: `the payment of order ${orderId} has been cancelled`,
});
const answer = (outcome: Outcome): { plan: Plan } => ({ plan: { kind: 'answer', outcome } });
const conflict = (orderId: string) =>
  answer({
    outcome: 'refused',
    code: 'PAYMENT_CONFLICT',
    message: `the payment of order ${orderId} was begun with another amount, currency, method or provider`,
  });
const failed = (code: string, message: string) => answer({ outcome: 'failed', code, message });
