import { ok } from 'node:assert/strict';
import type { ExploredParticipants, Handlers } from '@saga-checkout/saga/testing';
import { totalMinor } from '@saga-checkout/shared-types';
import { InventoryModel } from './inventory-model.js';
import { OrderModel } from './order-model.js';
import { PaymentModel, type PaymentOptions } from './payment-model.js';

const orderId = '01a1fb1a-e211-762a-9f4c-dae317f60723';
const items = [{ productId: '660facf7-b9cf-417a-8ee1-27afe2fb2c72', quantity: 2, price: '29.99' }];

/** What a customer orders: two of one thing, with a card that pays unless told otherwise. */
export const cart = (method = 'tok_visa') => ({
  orderId,
  userId: 'ada',
  items,
  payment: { method, provider: 'simulated' as const },
  currency: 'USD',
});

export interface ShopOptions extends PaymentOptions {
  readonly stock?: number;
  readonly price?: string;
}

/** The three participants of a checkout in memory, and what must hold of them together. */
export class Shop implements ExploredParticipants {
  readonly orders = new OrderModel();
  readonly inventory: InventoryModel;
  readonly payments: PaymentModel;
  readonly #stock: number;

  constructor({ stock = 5, price = '29.99', ...payment }: ShopOptions = {}) {
    this.#stock = stock;
    this.inventory = new InventoryModel({ stock, price });
    this.payments = new PaymentModel(payment);
  }

  get handlers(): Handlers {
    return { ...this.orders.handlers, ...this.inventory.handlers, ...this.payments.handlers };
  }

  readonly always = (): void => {
    const { stock, reserved } = this.inventory;
    ok(stock + reserved === this.#stock && stock >= 0, `stock is lost: ${stock} left, ${reserved} reserved`);
    ok(this.#charged() <= totalMinor(items), 'the customer is charged twice');
    const isConfirmed = this.orders.statusOf(orderId) === 'CONFIRMED';
    ok(!isConfirmed || this.#charged() === totalMinor(items), 'the order is confirmed, and not paid');
  };

  readonly invariants = ({ status }: { readonly status: string }): void => {
    const isConfirmed = status === 'COMPLETED';
    const order = this.orders.statusOf(orderId);
    ok((order === 'CONFIRMED') === isConfirmed, `the saga is ${status}, and the order ${order}`);
    ok(isConfirmed || order !== 'PENDING', 'the order is left behind');
    ok(
      this.#charged() === (isConfirmed ? totalMinor(items) : 0n),
      `charged ${this.#charged()}, and the order is ${order}`,
    );
    ok(
      this.inventory.reserved === (isConfirmed ? 2 : 0),
      `${this.inventory.reserved} reserved, and the order is ${order}`,
    );
  };

  #charged(): bigint {
    return [...this.payments.provider.held.values()].reduce((sum, amount) => sum + amount, 0n);
  }
}
