import { conversation } from '@saga-checkout/saga/testing';
import { describe, expect, it } from 'vitest';
import { cards, mails, renewalConfirmed, renewalDeclined, subscriptions } from './contracts.ts';
import { priceOf } from './prices.ts';
import { renewal } from './saga.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const input = { subscriptionId: 's-1', seats: 7, card: 'visa' };
const price = { amount: priceOf(7) };
const reminded = () =>
  conversation(renewal, input)
    .expect(subscriptions.open)
    .reply({})
    .expectLocal('price')
    .reply(price)
    .expect(mails.remind, { subscriptionId: 's-1', ...price })
    .reply({})
    .awaits(renewalConfirmed, renewalDeclined);

describe('a renewal', () => {
  it('charges the card that the customer confirms', () => {
    reminded()
      .signal(renewalConfirmed, { card: 'mastercard' })
      .expect(cards.charge, { subscriptionId: 's-1', ...price, card: 'mastercard' })
      .reply({ receipt: 'r-1' })
      .expect(subscriptions.extend)
      .reply({})
      .ends('COMPLETED');
  });

  it('charges the card that we know after a week without an answer', () => {
    const charging = reminded()
      .expect(cards.charge, { subscriptionId: 's-1', ...price, card: 'visa' })
      .leave();
    expect(charging.now - charging.saga.createdAt).toBe(7 * DAY);
  });

  it('leaves the subscription as it is if the customer declines', () => {
    reminded().signal(renewalDeclined, {}).ends('COMPENSATED', 'renewal_declined');
  });

  it('tries the card again over days, and goes on as soon as there is money', () => {
    const charging = reminded().signal(renewalConfirmed, { card: 'visa' });
    const paid = charging
      .expect(cards.charge)
      .fail('NO_MONEY')
      .expect(cards.charge)
      .fail('NO_MONEY')
      .expect(cards.charge)
      .reply({ receipt: 'r-1' });
    expect(paid.now - paid.saga.createdAt).toBe(8 * HOUR + DAY);
    paid.expect(subscriptions.extend).reply({}).ends('COMPLETED');
  });

  it('suspends the subscription when there is no money after the last attempt', () => {
    const given = reminded().signal(renewalConfirmed, { card: 'visa' }).expect(cards.charge).failForGood('NO_MONEY');
    expect(given.now - given.saga.createdAt).toBe(8 * HOUR + 7 * DAY);
    given
      .expect(cards.refund)
      .reply({})
      .expect(subscriptions.suspend, { subscriptionId: 's-1', reason: 'NO_MONEY' })
      .reply({})
      .ends('COMPENSATED', 'NO_MONEY');
  });

  it('suspends it at once when the card is blocked: there is nothing to refund', () => {
    reminded()
      .signal(renewalConfirmed, { card: 'visa' })
      .expect(cards.charge)
      .refuse('CARD_BLOCKED')
      .expect(subscriptions.suspend, { subscriptionId: 's-1', reason: 'CARD_BLOCKED' })
      .reply({})
      .ends('COMPENSATED', 'CARD_BLOCKED');
  });
});

it('a price is lower for each seat after the fifth', () => {
  expect([1, 5, 7].map(priceOf)).toEqual([6_000, 30_000, 39_600]);
});
