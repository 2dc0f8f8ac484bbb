import { type Answer, type Handlers, handler, refusal } from '@saga-checkout/saga/testing';
import { inventory } from '@saga-checkout/shared-types';

interface Row {
  readonly status: 'RESERVED' | 'REFUSED' | 'RELEASED';
  readonly quantity: number;
}

/** The inventory service in memory, with one product. */
export class InventoryModel {
  readonly price: string;
  stock: number;
  reserved = 0;
  readonly #rows = new Map<string, Row>();

  constructor({ stock, price }: { readonly stock: number; readonly price: string }) {
    this.stock = stock;
    this.price = price;
  }

  /** Whether anything is recorded of the order. */
  knows(orderId: string): boolean {
    return this.#rows.has(orderId);
  }

  readonly handlers: Handlers = {
    ...handler(inventory.reserve, ({ orderId, items }) => {
      const row = this.#rows.get(orderId);
      if (row?.status === 'RELEASED') return refusal('RESERVATION_RELEASED');
      if (items.some(({ price }) => price !== this.price)) return refusal('PRICE_CHANGED');
      const quantity = items.reduce((sum, item) => sum + item.quantity, 0);
      if (row === undefined) this.#reserve(orderId, quantity);
      return this.#recorded(orderId);
    }),
    ...handler(inventory.release, ({ orderId }) => {
      this.release(orderId);
      return {};
    }),
  };

  /** Gives back what the order has, and remembers it in any case: a reservation that comes later is refused. */
  release(orderId: string): void {
    const row = this.#rows.get(orderId);
    if (row?.status === 'RESERVED') this.#move(-row.quantity);
    this.#rows.set(orderId, { status: 'RELEASED', quantity: 0 });
  }

  #reserve(orderId: string, quantity: number): void {
    const status = quantity <= this.stock ? 'RESERVED' : 'REFUSED';
    if (status === 'RESERVED') this.#move(quantity);
    this.#rows.set(orderId, { status, quantity });
  }

  #recorded(orderId: string): { reservationIds: string[] } | Answer<'INSUFFICIENT_STOCK'> {
    return this.#rows.get(orderId)?.status === 'REFUSED'
      ? refusal('INSUFFICIENT_STOCK')
      : { reservationIds: ['01a1fb1a-e6d3-7386-853d-5d9d5564ebc5'] };
  }

  #move(quantity: number): void {
    this.stock -= quantity;
    this.reserved += quantity;
  }
}
