import type { Outcome } from '@saga-checkout/shared-types';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideRound, type InventoryCommand, type OrderReservation, type Product } from './reservation.js';

const mug: Product = { id: 'a-mug', price: '12.50', currency: 'USD', stock: 5, version: 7 };
const lamp: Product = { id: 'b-lamp', price: '49.00', currency: 'USD', stock: 1, version: 3 };
const products = new Map([mug, lamp].map((product) => [product.id, product]));
const orderId = 'order-1';
const mugs = { productId: mug.id, quantity: 2, price: mug.price };
const lamps = { productId: lamp.id, quantity: 1, price: lamp.price };

const reserve = (items = [mugs, lamps], order = orderId, currency = 'USD'): InventoryCommand => ({
  name: 'reserve',
  payload: { orderId: order, items, currency },
});
const release = (order = orderId): InventoryCommand => ({ name: 'release', payload: { orderId: order } });

/** Names new reservations 1, 2, 3. */
function counter() {
  let count = 0;
  return () => `${++count}`;
}
const decide = (commands: InventoryCommand[], known: OrderReservation[] = []) =>
  decideRound({ products, orders: new Map(known.map((order) => [order.orderId, order])) }, commands, counter());

const content = '1 of b-lamp at 49.00, 2 of a-mug at 12.50';
const lines = [
  { id: 'x', productId: mug.id, quantity: 2, price: mug.price },
  { id: 'y', productId: lamp.id, quantity: 1, price: lamp.price },
];
const refusal = {
  code: 'INSUFFICIENT_STOCK',
  message: 'as it was then',
  details: { productId: mug.id, requested: 2, available: 1 },
};
const reserved: OrderReservation = { orderId, version: 1, status: 'RESERVED', content, lines };
const refusedBefore: OrderReservation = { orderId, version: 1, status: 'REFUSED', content, refusal };
const released: OrderReservation = { orderId, version: 2, status: 'RELEASED', content, lines: [] };
const tombstone: OrderReservation = { orderId, version: 1, status: 'RELEASED', content: null, lines: [] };

const done: Outcome = { outcome: 'done', data: {} };
const named = (...reservationIds: string[]): Outcome => ({ outcome: 'done', data: { reservationIds } });
const refused = (code: string) => expect.objectContaining({ outcome: 'refused', code });

describe('every command on every state', () => {
  const table: [string, OrderReservation | undefined, InventoryCommand, unknown, string][] = [
    ['reserve on nothing takes the stock', undefined, reserve(), named('1', '2'), 'RESERVED'],
    ['reserve again answers the same', reserved, reserve(), named('x', 'y'), 'unchanged'],
    ['reserve again with the lines in another order', reserved, reserve([lamps, mugs]), named('x', 'y'), 'unchanged'],
    ['reserve again after a refusal', refusedBefore, reserve(), { outcome: 'refused', ...refusal }, 'unchanged'],
    ['reserve with other content', reserved, reserve([mugs]), refused('RESERVATION_CONFLICT'), 'unchanged'],
    ['other content after a refusal', refusedBefore, reserve([mugs]), refused('RESERVATION_CONFLICT'), 'unchanged'],
    ['reserve after release', released, reserve(), refused('RESERVATION_RELEASED'), 'unchanged'],
    ['other content after release', released, reserve([mugs]), refused('RESERVATION_RELEASED'), 'unchanged'],
    ['reserve on a tombstone', tombstone, reserve(), refused('RESERVATION_RELEASED'), 'unchanged'],
    ['release on nothing leaves a tombstone', undefined, release(), done, 'RELEASED'],
    ['release gives the stock back', reserved, release(), done, 'RELEASED'],
    ['release after a refusal', refusedBefore, release(), done, 'RELEASED'],
    ['release again', released, release(), done, 'unchanged'],
    ['release a tombstone again', tombstone, release(), done, 'unchanged'],
  ];
  it.each(table)('%s', (_name, known, command, outcome, status) => {
    const decision = decide([command], known ? [known] : []);
    expect(decision.outcomes).toEqual([outcome]);
    expect(decision.orders[0]?.status ?? 'unchanged').toBe(status);
    expect(decision.repeated).toEqual(status === 'unchanged' ? [command] : []);
  });

  it('takes and gives back what the lines say, and nothing otherwise', () => {
    const taken = (commands: InventoryCommand[], known?: OrderReservation) =>
      decide(commands, known ? [known] : []).stock.map((change) => [change.productId, change.version, change.taken]);
    expect(taken([reserve()])).toEqual([
      ['a-mug', 7, 2],
      ['b-lamp', 3, 1],
    ]);
    expect(taken([release()], reserved)).toEqual([
      ['a-mug', 7, -2],
      ['b-lamp', 3, -1],
    ]);
    for (const known of [refusedBefore, released, tombstone]) expect(taken([release(), reserve()], known)).toEqual([]);
    expect(taken([reserve([{ ...mugs, quantity: 6 }])])).toEqual([]);
  });
});

describe('what cannot be reserved', () => {
  const ghost = { productId: 'c-ghost', quantity: 1, price: '1.00' };
  const tooMany = { ...lamps, quantity: 2 };
  const otherPrice = { ...mugs, price: '12.49' };
  const outcomeOf = (...items: (typeof mugs)[]) => decide([reserve(items)]).outcomes[0];

  it('names the product that is out of stock, what was asked for and what is available', () => {
    expect(outcomeOf(mugs, tooMany)).toEqual({
      outcome: 'refused',
      code: 'INSUFFICIENT_STOCK',
      message: '2 of product b-lamp were asked for, 1 are available',
      details: { productId: 'b-lamp', requested: 2, available: 1 },
    });
  });

  it('names the current price', () => {
    const details = { productId: 'a-mug', price: '12.49', currentPrice: '12.50', currentCurrency: 'USD' };
    expect(outcomeOf(otherPrice)).toMatchObject({ code: 'PRICE_CHANGED', details });
  });

  it('takes a price in another currency for another price', () => {
    expect(decide([reserve([mugs], orderId, 'JPY')]).outcomes).toEqual([
      {
        ...{ outcome: 'refused', code: 'PRICE_CHANGED' },
        message: 'product a-mug costs 12.50 USD, not 12.50 JPY',
        details: { productId: 'a-mug', price: '12.50', currentPrice: '12.50', currentCurrency: 'USD' },
      },
    ]);
  });

  it('names the product that nobody knows', () => {
    expect(outcomeOf(ghost)).toMatchObject({ code: 'UNKNOWN_PRODUCT', details: { productId: 'c-ghost' } });
  });

  it('looks for unknown products first, then at prices, then at the stock', () => {
    expect(outcomeOf(tooMany, otherPrice, ghost)).toMatchObject({ code: 'UNKNOWN_PRODUCT' });
    expect(outcomeOf(tooMany, otherPrice)).toMatchObject({ code: 'PRICE_CHANGED' });
  });

  it('sums the lines of one product', () => {
    const three = { ...mugs, quantity: 3 };
    expect(outcomeOf(three, three)).toMatchObject({ details: { requested: 6, available: 5 } });
    const { outcomes, orders } = decide([reserve([mugs, { ...mugs, quantity: 3 }])]);
    expect(outcomes).toEqual([named('1')]);
    expect(orders[0]).toMatchObject({ lines: [{ productId: 'a-mug', quantity: 5 }] });
  });

  it('refuses two prices for one product, since one of them is wrong', () => {
    expect(outcomeOf(mugs, otherPrice)).toMatchObject({ code: 'PRICE_CHANGED' });
  });

  it('records the refusal, so that a repeat is refused although there is stock again', () => {
    const { orders } = decide([reserve([tooMany])]);
    const back = decideRound(
      {
        products: new Map([[lamp.id, { ...lamp, stock: 9 }]]),
        orders: new Map([[orderId, { ...orders[0]!, version: 1 }]]),
      },
      [reserve([tooMany])],
      counter(),
    );
    expect(back.outcomes[0]).toMatchObject({ code: 'INSUFFICIENT_STOCK', details: { available: 1 } });
  });
});

describe('a round', () => {
  it('gives the last units to those who came first', () => {
    const orders = ['1', '2', '3'].map((id) => reserve([mugs], id));
    expect(decide(orders).outcomes.map(({ outcome }) => outcome)).toEqual(['done', 'done', 'refused']);
  });

  it('reserves with what was released before in the same round', () => {
    const { outcomes, stock } = decide([
      reserve([lamps], '1'),
      reserve([lamps], '2'),
      release('1'),
      reserve([lamps], '3'),
    ]);
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['done', 'refused', 'done', 'done']);
    expect(stock).toEqual([{ productId: 'b-lamp', version: 3, taken: 1 }]);
  });

  it('answers a repeat in the same round like the first', () => {
    const { outcomes, orders } = decide([reserve(), reserve(), release(), reserve()]);
    expect(outcomes).toEqual([named('1', '2'), named('1', '2'), done, refused('RESERVATION_RELEASED')]);
    expect(orders).toMatchObject([{ version: 0, status: 'RELEASED', lines: [{ id: '1' }, { id: '2' }] }]);
  });
});

/** Rounds at random: few orders and products, so that repeats, conflicts and shortages are frequent. */
const anyItem = fc.record({
  productId: fc.constantFrom('p0', 'p1', 'p2', 'p3'),
  quantity: fc.integer({ min: 1, max: 4 }),
  price: fc.constantFrom('1.00', '1.00', '1.00', '2.00'),
});
const anyOrder = fc.constantFrom('o0', 'o1', 'o2', 'o3', 'o4', 'o5');
const anyCommand: fc.Arbitrary<InventoryCommand> = fc.oneof(
  fc.record({ orderId: anyOrder, items: fc.array(anyItem, { minLength: 1, maxLength: 3 }) }).map((payload) => ({
    name: 'reserve' as const,
    payload: { ...payload, currency: 'USD' },
  })),
  fc.record({ orderId: anyOrder }).map((payload) => ({ name: 'release' as const, payload })),
);
const anyRounds = fc.array(fc.array(anyCommand, { maxLength: 12 }), { maxLength: 6 });
const anyStock = fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 3, maxLength: 3 });

/** What the database holds after the rounds, written as the repository writes it. */
function play(initial: readonly number[], rounds: readonly InventoryCommand[][], look: (shop: Shop) => void) {
  const shop: Shop = {
    products: new Map(
      initial.map((stock, index) => [
        `p${index}`,
        { id: `p${index}`, price: '1.00', currency: 'USD', stock, version: 1 },
      ]),
    ),
    orders: new Map(),
    outcomes: [],
  };
  const newId = counter();
  for (const commands of rounds) {
    const { outcomes, stock, orders } = decideRound(shop, commands, newId);
    for (const { productId, version, taken } of stock) {
      const product = shop.products.get(productId)!;
      expect(version).toBe(product.version);
      shop.products.set(productId, { ...product, stock: product.stock - taken, version: version + 1 });
    }
    for (const order of orders) {
      expect(order.version).toBe(shop.orders.get(order.orderId)?.version ?? 0);
      shop.orders.set(order.orderId, { ...order, version: order.version + 1 });
    }
    shop.outcomes.push(...outcomes);
    look(shop);
  }
  return shop;
}

interface Shop {
  readonly products: Map<string, Product>;
  readonly orders: Map<string, OrderReservation>;
  readonly outcomes: Outcome[];
}

const stockIn = ({ products }: Shop) => [...products.values()].map(({ stock }) => stock);

function reservedOf({ orders }: Shop, productId: string): number {
  const held = [...orders.values()].flatMap((order) => (order.status === 'RESERVED' ? order.lines : []));
  return held.filter((line) => line.productId === productId).reduce((sum, line) => sum + line.quantity, 0);
}

describe('any rounds', () => {
  it('never sell what is not there, and lose nothing: initial = stock + reserved', () => {
    fc.assert(
      fc.property(anyStock, anyRounds, (initial, rounds) => {
        play(initial, rounds, (shop) => {
          initial.forEach((quantity, index) => {
            const { stock } = shop.products.get(`p${index}`)!;
            expect(stock).toBeGreaterThanOrEqual(0);
            expect(stock + reservedOf(shop, `p${index}`)).toBe(quantity);
          });
        });
      }),
    );
  });

  it('are decided in order of arrival: cut into rounds or one by one, the outcomes are the same', () => {
    fc.assert(
      fc.property(anyStock, anyRounds, (initial, rounds) => {
        const inRounds = play(initial, rounds, () => {});
        const oneByOne = play(
          initial,
          rounds.flat().map((command) => [command]),
          () => {},
        );
        expect(inRounds.outcomes).toEqual(oneByOne.outcomes);
        expect(stockIn(inRounds)).toEqual(stockIn(oneByOne));
      }),
    );
  });

  it('answer every repeat like the first, as long as nothing was released', () => {
    fc.assert(
      fc.property(anyStock, fc.array(anyCommand, { maxLength: 12 }), (initial, commands) => {
        const reserves = commands.filter(({ name }) => name === 'reserve');
        const once = play(initial, [reserves], () => {}).outcomes;
        const twice = play(initial, [reserves, reserves], () => {}).outcomes;
        expect(twice.slice(reserves.length)).toEqual(once);
      }),
    );
  });
});
