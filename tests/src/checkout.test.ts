import { describe, expect, it } from 'vitest';
import { cartOf, line, MOUSE } from './support/cart.js';
import { sharedShop } from './support/shared-shop.js';

const shop = sharedShop();

describe('a checkout that goes well', () => {
  it('is answered 201 with the order, its total, and where to find it', async () => {
    const answer = await shop.checkout(cartOf([line(MOUSE, 2)]));
    expect(answer).toMatchObject({ status: 201 });
    const { orderId, sagaId } = answer.body;
    expect(answer.body).toEqual({
      success: true,
      orderId,
      sagaId,
      status: 'CONFIRMED',
      total: '59.98',
      currency: 'USD',
      message: 'Order placed successfully',
    });
    expect(answer.headers.location).toBe(`/api/orders/${orderId}`);
    expect(answer.headers['content-type']).toMatch(/^application\/json/);
  });
});
