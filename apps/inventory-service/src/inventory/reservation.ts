import type { inventory, LineItem, Outcome, PayloadOf } from '@saga-checkout/shared-types';
import { canonical, sumByProduct, type Wanted } from './lines.js';
import { insufficientStock, priceChanged, type Refusal, unknownProduct } from './refusal.js';

/** A product, as far as deciding needs it. */
export interface Product {
  readonly id: string;
  /** Of one unit, as a decimal string. */
  readonly price: string;
  readonly currency: string;
  /** What can still be reserved. */
  readonly stock: number;
  /** Version of the row as it was read. */
  readonly version: number;
}

/** What is kept for one order of one product. */
export interface Reservation {
  readonly id: string;
  readonly productId: string;
  readonly quantity: number;
  readonly price: string;
}

interface Identity {
  readonly orderId: string;
  /** Version of the row as it was read; 0 when there is no row yet. */
  readonly version: number;
  /** What was asked for, in canonical form; null on a tombstone. */
  readonly content: string | null;
}

/** What is recorded for one order. RELEASED: `lines` are those that were given back. */
export type OrderReservation = Identity &
  (
    | { readonly status: 'RESERVED'; readonly lines: readonly Reservation[] }
    | { readonly status: 'REFUSED'; readonly refusal: Refusal }
    | { readonly status: 'RELEASED'; readonly lines: readonly Reservation[] }
  );

/** What can be asked of the stock. */
export type InventoryCommand =
  | { readonly name: 'reserve'; readonly payload: PayloadOf<typeof inventory.reserve> }
  | { readonly name: 'release'; readonly payload: PayloadOf<typeof inventory.release> };

/** What a round has read: every product and order that its commands touch, if it exists. */
export interface RoundState {
  readonly products: ReadonlyMap<string, Product>;
  readonly orders: ReadonlyMap<string, OrderReservation>;
}

/** How many units of a product the round takes from the stock; negative when it gives back more than it takes. */
export interface StockChange {
  readonly productId: string;
  readonly version: number;
  readonly taken: number;
}

/** The answers to a round's commands, one each, and what has changed at the end of it: each product and order once. */
export interface RoundDecision {
  readonly outcomes: readonly Outcome[];
  readonly stock: readonly StockChange[];
  readonly orders: readonly OrderReservation[];
  /** The commands whose work had been done before, so that they changed nothing. */
  readonly repeated: readonly InventoryCommand[];
}

/**
 * Decides the commands of a round in their order of arrival, over running quantities: the first get the last units.
 * Pure; `newId` names new reservations.
 */
export function decideRound(
  state: RoundState,
  commands: readonly InventoryCommand[],
  newId: () => string,
): RoundDecision {
  const round = new Round(state, newId);
  const repeated: InventoryCommand[] = [];
  const outcomes = commands.map((command) => {
    if (round.isDone(command)) repeated.push(command);
    return command.name === 'reserve' ? round.reserve(command.payload) : round.release(command.payload);
  });
  return { outcomes, stock: round.stockChanges(), orders: [...round.changed.values()], repeated };
}

/** The books of one round while it is being decided. */
class Round {
  readonly changed = new Map<string, OrderReservation>();
  readonly #state: RoundState;
  readonly #newId: () => string;
  readonly #taken = new Map<string, number>();

  constructor(state: RoundState, newId: () => string) {
    this.#state = state;
    this.#newId = newId;
  }

  /** Whether the command's work has been done before, so that it changes nothing. */
  isDone({ name, payload }: InventoryCommand): boolean {
    const known = this.#order(payload.orderId);
    return known !== undefined && (name === 'reserve' || known.status === 'RELEASED');
  }

  reserve({ orderId, items, currency }: PayloadOf<typeof inventory.reserve>): Outcome {
    const content = canonical(items);
    const known = this.#order(orderId);
    if (known) return repeated(known, content);
    const wanted = sumByProduct(items);
    const refusal = this.#refusalOf(items, currency, wanted);
    if (refusal) {
      this.changed.set(orderId, { orderId, version: 0, content, status: 'REFUSED', refusal });
      return { outcome: 'refused', ...refusal };
    }
    const lines = wanted.map(([productId, quantity]) => this.#take(productId, quantity));
    this.changed.set(orderId, { orderId, version: 0, content, status: 'RESERVED', lines });
    return reserved(lines);
  }

  release({ orderId }: PayloadOf<typeof inventory.release>): Outcome {
    const known = this.#order(orderId);
    if (known?.status === 'RELEASED') return done({});
    const lines = known?.status === 'RESERVED' ? known.lines : [];
    for (const { productId, quantity } of lines) this.#count(productId, -quantity);
    const { version, content } = known ?? { version: 0, content: null };
    this.changed.set(orderId, { orderId, version, content, status: 'RELEASED', lines });
    return done({});
  }

  /** Also products of which as much was given back as taken: what the round decided relies on their versions. */
  stockChanges(): StockChange[] {
    return [...this.#taken].map(([productId, taken]) => {
      const { version } = this.#product(productId);
      return { productId, version, taken };
    });
  }

  /** Why the lines cannot be reserved, if they cannot: unknown products first, then prices, then stock. */
  #refusalOf(items: readonly LineItem[], currency: string, wanted: readonly Wanted[]): Refusal | undefined {
    const { products } = this.#state;
    const unknown = items.find(({ productId }) => !products.has(productId));
    if (unknown) return unknownProduct(unknown.productId);
    const changed = items.find(({ productId, price }) => {
      const product = this.#product(productId);
      return product.price !== price || product.currency !== currency;
    });
    if (changed) return priceChanged(changed, currency, this.#product(changed.productId));
    for (const [productId, requested] of wanted) {
      const available = this.#product(productId).stock - (this.#taken.get(productId) ?? 0);
      if (requested > available) return insufficientStock(productId, requested, available);
    }
    return undefined;
  }

  #take(productId: string, quantity: number): Reservation {
    this.#count(productId, quantity);
    return { id: this.#newId(), productId, quantity, price: this.#product(productId).price };
  }

  #count(productId: string, quantity: number): void {
    this.#taken.set(productId, (this.#taken.get(productId) ?? 0) + quantity);
  }

  #order(orderId: string): OrderReservation | undefined {
    return this.changed.get(orderId) ?? this.#state.orders.get(orderId);
  }

  #product(productId: string): Product {
    const product = this.#state.products.get(productId);
    if (!product) throw new Error(`product ${productId} was not read, but is needed`);
    return product;
  }
}

/** The answer to `inventory.reserve` for an order about which something is recorded. */
function repeated(known: OrderReservation, content: string): Outcome {
  const { orderId } = known;
  if (known.status === 'RELEASED')
    return refused('RESERVATION_RELEASED', `the reservation of order ${orderId} has been released`);
  if (known.content !== content)
    return refused(
      'RESERVATION_CONFLICT',
      `order ${orderId} has asked for other products, quantities or prices before`,
    );
  return known.status === 'RESERVED' ? reserved(known.lines) : { outcome: 'refused', ...known.refusal };
}

const done = (data: unknown): Outcome => ({ outcome: 'done', data });
const refused = (code: string, message: string): Outcome => ({ outcome: 'refused', code, message });

function reserved(lines: readonly Reservation[]): Outcome {
  return done({ reservationIds: lines.map(({ id }) => id) });
}
