import { conversation } from '@saga-checkout/saga/testing';
import { inventory, order, sagaView } from '@saga-checkout/shared-types';
import { expect, it } from 'vitest';
import { checkoutSaga } from './checkout.saga.js';
import { sagaViewOf } from './saga-view.js';

const orderId = '01a1fb1a-e211-762a-9f4c-dae317f60723';
const items = [{ productId: '660facf7-b9cf-417a-8ee1-27afe2fb2c72', quantity: 2, price: '29.99' }];
const payment = { method: 'card', provider: 'simulated' as const };

it('tells what happened, in order, in words of the glossary', () => {
  const refused = conversation(checkoutSaga, { orderId, userId: 'ada', items, payment, currency: 'USD' })
    .expect(order.create)
    .fail('DATABASE_UNAVAILABLE')
    .expect(order.create)
    .reply({ orderId, total: '59.98', currency: 'USD' })
    .expect(inventory.reserve)
    .refuse('INSUFFICIENT_STOCK')
    .expect(order.cancel)
    .reply({})
    .ends('COMPENSATED');
  const saga = { ...refused.saga, sagaId: orderId, businessKey: orderId };
  const view = sagaViewOf(saga, refused.logs);
  expect(sagaView.parse(view)).toMatchObject({ status: 'COMPENSATED', currentStep: null, progress: 0 });
  expect(view.history.map(({ step, status }) => [step, status])).toEqual([
    [null, 'RUNNING'],
    ['createOrder', 'RUNNING'],
    ['createOrder', 'FAILED'],
    ['createOrder', 'RUNNING'],
    ['createOrder', 'COMPLETED'],
    ['reserveInventory', 'RUNNING'],
    ['reserveInventory', 'REFUSED'],
    ['createOrder', 'COMPENSATING'],
    ['createOrder', 'COMPENSATED'],
    [null, 'COMPENSATED'],
  ]);
  expect(view.history[3]?.message).toBe('STEP_RETRIED (attempt 2)');
  expect(view.history[6]?.message).toContain('INSUFFICIENT_STOCK');
});
