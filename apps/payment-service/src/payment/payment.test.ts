import type { Outcome } from '@saga-checkout/shared-types';
import { describe, expect, it } from 'vitest';
import type { Returned, Verdict } from '../providers/payment-provider.js';
import { decide, decideRound, type GiveBack, type Payment, type PaymentHappening } from './payment.js';

const id = '0193a2b4-7c1d-7f00-8000-0000000000aa';
const orderId = '0193a2b4-7c1d-7f00-8000-000000000001';
const charge = { amountMinor: 7997n, currency: 'USD', method: 'tok_visa', provider: 'simulated' };
const transactionId = 'sim_1';
const identity = { id, orderId, version: 1 };
const reason = 'ORDER_CONFLICT';

interface Change {
  amount?: string;
  currency?: string;
  method?: string;
}
const process = ({ amount = '79.97', currency = 'USD', method = 'tok_visa' }: Change = {}): PaymentHappening => ({
  name: 'process',
  paymentId: id,
  payload: { orderId, amount, currency, payment: { method, provider: 'simulated' } },
});
const refund: PaymentHappening = { name: 'refund', paymentId: id, payload: { orderId, reason } };
const settle = (verdict: Verdict): PaymentHappening => ({ name: 'settle', payload: { orderId, verdict } });
const returned = (returned: Returned, task: GiveBack): PaymentHappening => ({
  name: 'returned',
  payload: { orderId, returned, task },
});
const captured: Verdict = { outcome: 'captured', transactionId };
const declined: Verdict = { outcome: 'declined', code: 'CARD_DECLINED', message: 'no' };
const gaveBack: Returned = { outcome: 'refunded', transactionId };
const gaveNothing: Returned = { outcome: 'nothing' };

const pending: Payment = { ...identity, status: 'PENDING', charge };
const requiresAction: Payment = { ...identity, status: 'REQUIRES_ACTION', charge };
const success: Payment = { ...identity, status: 'SUCCESS', charge, transactionId };
const failed: Payment = { ...identity, status: 'FAILED', charge, code: 'CARD_DECLINED', message: 'no' };
const refunded: Payment = { ...identity, status: 'REFUNDED', charge, transactionId, reason };
const cancelled: Payment = { ...identity, status: 'CANCELLED', charge, reason };
const tombstone: Payment = { ...identity, status: 'CANCELLED', reason };

const answer = (outcome: unknown) => ({ kind: 'answer', outcome });
const done: Outcome = { outcome: 'done', data: {} };
const paid: Outcome = { outcome: 'done', data: { paymentId: id, transactionId } };
const refusal = (code: string) => expect.objectContaining({ outcome: 'refused', code });
const failure = (code: string) => expect.objectContaining({ outcome: 'failed', code });
const decline = {
  outcome: 'refused',
  code: 'PAYMENT_DECLINED',
  message: 'no',
  details: { declineCode: 'CARD_DECLINED' },
};
const isCancelled = refusal('PAYMENT_CANCELLED');
const capture = (lookUpFirst: boolean) => ({ kind: 'capture', charge, lookUpFirst });
const giveBack = (then: Outcome): GiveBack => ({ kind: 'giveBack', charge, reason, then });
const thenCancelled: Outcome = { outcome: 'refused', code: 'PAYMENT_CANCELLED', message: 'cancelled' };

/** [what happens, on what, the plan, the payment afterwards or nothing if it stays as it is] */
type Row = [string, Payment | undefined, PaymentHappening, unknown, Payment?];
const check = (
  _name: string,
  current: Payment | undefined,
  happening: PaymentHappening,
  plan: unknown,
  next?: Payment,
) => expect(decide(current, happening)).toEqual(next ? { plan, next } : { plan });

describe('process', () => {
  it.each<Row>([
    ['on nothing records the intent', undefined, process(), capture(false), { ...pending, version: 0 }],
    ['on PENDING looks up what came of it first', pending, process(), capture(true)],
    ['on REQUIRES_ACTION does the same', requiresAction, process(), capture(true)],
    ['on SUCCESS answers the same', success, process(), answer(paid)],
    ['on FAILED is declined the same', failed, process(), answer(decline)],
    ['on REFUNDED is refused', refunded, process(), answer(isCancelled)],
    ['on a tombstone is refused', tombstone, process(), answer(isCancelled)],
    [
      'on CANCELLED that was PENDING has whatever was captured given back, and is refused',
      cancelled,
      process(),
      giveBack(isCancelled),
    ],
    ['on PENDING with another amount', pending, process({ amount: '79.98' }), answer(refusal('PAYMENT_CONFLICT'))],
    ['on SUCCESS with another currency', success, process({ currency: 'EUR' }), answer(refusal('PAYMENT_CONFLICT'))],
    ['on FAILED with another method', failed, process({ method: 'card' }), answer(refusal('PAYMENT_CONFLICT'))],
    ['on REFUNDED with another amount', refunded, process({ amount: '1.00' }), answer(isCancelled)],
  ])('%s', check);
});

describe('refund', () => {
  it.each<Row>([
    ['on nothing leaves a tombstone', undefined, refund, answer(done), { ...tombstone, version: 0 }],
    ['on a tombstone is done', tombstone, refund, answer(done)],
    ['on PENDING puts up the fence, then asks the provider', pending, refund, giveBack(done), cancelled],
    ['on REQUIRES_ACTION does the same', requiresAction, refund, giveBack(done), cancelled],
    ['on SUCCESS has the provider give back', success, refund, giveBack(done)],
    ['on CANCELLED that was PENDING asks the provider again', cancelled, refund, giveBack(done)],
    ['on FAILED is done, as nothing was captured', failed, refund, answer(done)],
    ['on REFUNDED is done', refunded, refund, answer(done)],
  ])('%s', check);
});

describe('settle', () => {
  it.each<Row>([
    ['a capture on PENDING', pending, settle(captured), answer(paid), success],
    ['a capture on REQUIRES_ACTION', requiresAction, settle(captured), answer(paid), success],
    ['a decline on PENDING', pending, settle(declined), answer(decline), failed],
    ['a capture that another one recorded already', success, settle(captured), answer(paid)],
    ['a decline that another one recorded already', failed, settle(declined), answer(decline)],
    ['a capture after the fence is given back', cancelled, settle(captured), giveBack(isCancelled)],
    ['a decline after the fence', cancelled, settle(declined), answer(isCancelled)],
    ['a capture that has been given back already', refunded, settle(captured), answer(isCancelled)],
    ['on nothing, which somebody deleted', undefined, settle(captured), answer(failure('PAYMENT_LOST'))],
  ])('%s', check);
});

describe('returned', () => {
  it.each<Row>([
    ['the money of SUCCESS', success, returned(gaveBack, giveBack(done)), answer(done), refunded],
    ['the money of CANCELLED', cancelled, returned(gaveBack, giveBack(done)), answer(done), refunded],
    [
      'the money of a late capture',
      cancelled,
      returned(gaveBack, giveBack(thenCancelled)),
      answer(thenCancelled),
      refunded,
    ],
    ['what another one has recorded already', refunded, returned(gaveBack, giveBack(done)), answer(done)],
    ['nothing of CANCELLED', cancelled, returned(gaveNothing, giveBack(done)), answer(done)],
    [
      'nothing of SUCCESS, which contradicts what the provider said before',
      success,
      returned(gaveNothing, giveBack(done)),
      answer(failure('PROVIDER_CONTRADICTION')),
    ],
  ])('%s', check);
});

describe('a round', () => {
  it('lets each command see what those before it did', () => {
    const { plans, changed } = decideRound(new Map(), [process(), process(), refund, process()]);
    expect(plans).toEqual([capture(false), capture(true), giveBack(done), giveBack(isCancelled)]);
    expect(changed).toEqual([{ ...cancelled, version: 0 }]);
  });

  it('refuses the process that comes behind its refund', () => {
    const { plans, changed } = decideRound(new Map(), [refund, process()]);
    expect(plans).toEqual([answer(done), answer(isCancelled)]);
    expect(changed).toEqual([{ ...tombstone, version: 0 }]);
  });

  it('writes nothing when nothing changed', () => {
    const { changed, repeated } = decideRound(new Map([[orderId, success]]), [process(), settle(captured)]);
    expect([changed, repeated]).toEqual([[], ['process']]);
    expect(decideRound(new Map([[orderId, refunded]]), [refund]).repeated).toEqual(['refund']);
    expect(decideRound(new Map(), [process(), settle(captured), refund]).repeated).toEqual([]);
  });
});
