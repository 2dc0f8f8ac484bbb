import { checkoutBody } from '@saga-checkout/shared-types';
import { describe, expect, it } from 'vitest';
import { fingerprintOf } from './fingerprint.js';

const shoes = { productId: '660facf7-b9cf-417a-8ee1-27afe2fb2c72', quantity: 1, price: '29.99' };
const socks = { productId: 'dda60f33-8dfd-4da2-96c8-1a029d72725a', quantity: 2, price: '19.99' };
const of = (body: object) => fingerprintOf(checkoutBody.parse({ userId: 'ada', items: [shoes, socks], ...body }));

describe('the fingerprint of a checkout', () => {
  it.each([
    ['the order of the lines', { items: [socks, shoes] }],
    ['the case of ids', { items: [{ ...shoes, productId: shoes.productId.toUpperCase() }, socks] }],
    ['one product in two lines', { items: [shoes, { ...socks, quantity: 1 }, { ...socks, quantity: 1 }] }],
    ['defaults spelled out', { currency: 'USD', payment: {} }],
  ])('does not depend on %s', (_, body) => {
    expect(of(body)).toBe(of({}));
  });

  it.each([
    ['the user', { userId: 'Ada' }],
    ['a quantity', { items: [{ ...shoes, quantity: 2 }, socks] }],
    ['a price', { items: [{ ...shoes, price: '29.98' }, socks] }],
    ['a line', { items: [shoes] }],
    ['the currency', { currency: 'EUR' }],
    ['the way to pay', { payment: { method: 'tok_declined' } }],
  ])('depends on %s', (_, body) => {
    expect(of(body)).not.toBe(of({}));
  });
});
