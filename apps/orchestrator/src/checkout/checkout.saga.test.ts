import { conversation } from '@saga-checkout/saga/testing';
import { inventory, order, payment } from '@saga-checkout/shared-types';
import { describe, expect, it } from 'vitest';
import { checkoutSaga } from './checkout.saga.js';

const orderId = '01a1fb1a-e211-762a-9f4c-dae317f60723';
const paymentId = '01a1fb1a-e6e0-7785-8b7c-dd3f5b4e2426';
const items = [{ productId: '660facf7-b9cf-417a-8ee1-27afe2fb2c72', quantity: 2, price: '29.99' }];
const card = { method: 'card', provider: 'simulated' as const };

const created = { orderId, total: '59.98', currency: 'USD' };
const reserved = { reservationIds: ['01a1fb1a-e6d3-7386-853d-5d9d5564ebc5'] };
const paid = { paymentId, transactionId: 'sim_1' };
const confirmed = { orderId, confirmedAt: '2026-11-20T22:36:46.723Z' };

const checkout = () => conversation(checkoutSaga, { orderId, userId: 'ada', items, payment: card, currency: 'USD' });
const ordered = () =>
  checkout().expect(order.create, { orderId, userId: 'ada', items, currency: 'USD' }).reply(created);
const stocked = () => ordered().expect(inventory.reserve, { orderId, items, currency: 'USD' }).reply(reserved);
const charged = () =>
  stocked().expect(payment.process, { orderId, amount: '59.98', currency: 'USD', payment: card }).reply(paid);

describe('a checkout', () => {
  it('places the order, reserves, charges what the order costs, confirms', () => {
    charged().expect(order.confirm, { orderId, paymentId }).reply(confirmed).ends('COMPLETED');
  });

  it('ends with nothing to take back if the order itself is refused', () => {
    checkout().expect(order.create).refuse('ORDER_CONFLICT').ends('COMPENSATED', 'ORDER_CONFLICT');
  });

  it('cancels the order if a product is out of stock', () => {
    ordered()
      .expect(inventory.reserve)
      .refuse('INSUFFICIENT_STOCK')
      .expect(order.cancel, { orderId, reason: 'INSUFFICIENT_STOCK' })
      .reply({})
      .ends('COMPENSATED', 'INSUFFICIENT_STOCK');
  });

  it('releases, then cancels, if the card is declined', () => {
    stocked()
      .expect(payment.process)
      .refuse('PAYMENT_DECLINED')
      .expect(inventory.release, { orderId })
      .reply({})
      .expect(order.cancel)
      .reply({})
      .ends('COMPENSATED', 'PAYMENT_DECLINED');
  });

  it('refunds a payment whose outcome stays unknown', () => {
    stocked()
      .expect(payment.process)
      .failForGood('PROVIDER_TIMEOUT')
      .expect(payment.refund)
      .reply({})
      .expect(inventory.release)
      .reply({})
      .expect(order.cancel)
      .reply({})
      .ends('COMPENSATED', 'PROVIDER_TIMEOUT');
  });

  it('refunds if the order was cancelled before it could be confirmed', () => {
    charged()
      .expect(order.confirm)
      .refuse('ORDER_CANCELLED')
      .expect(payment.refund, { orderId, reason: 'ORDER_CANCELLED' })
      .reply({})
      .expect(inventory.release)
      .reply({})
      .expect(order.cancel)
      .reply({})
      .ends('COMPENSATED', 'ORDER_CANCELLED');
  });

  it('never gives up a confirmation, so that a confirmed order does not lose its payment', () => {
    let saga = charged();
    for (let time = 1; time <= 20; time++) saga = saga.expect(order.confirm).fail('DATABASE_UNAVAILABLE');
    saga.expect(order.confirm).reply(confirmed).ends('COMPLETED');
  });

  it('can be cancelled until it is being confirmed', () => {
    stocked()
      .expect(payment.process)
      .cancel('changed my mind')
      .reply(paid)
      .expect(payment.refund, { orderId, reason: 'CANCELLED' })
      .reply({})
      .expect(inventory.release)
      .reply({})
      .expect(order.cancel)
      .reply({})
      .ends('COMPENSATED', 'CANCELLED');
    expect(() => charged().expect(order.confirm).cancel()).toThrow(/point of no return/);
  });

  it('is sent again when the process that ran it dies', () => {
    ordered().crash().expect(inventory.reserve).reply(reserved);
  });
});
