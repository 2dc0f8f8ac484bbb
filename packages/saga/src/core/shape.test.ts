import { describe, expect, it } from 'vitest';
import { card, flight, hotel, tripInput, tripSaga } from '../testing/trip.fixture.js';
import { defineSaga } from './builder.js';
import { changesBetween, fingerprintOf, shapeOf } from './shape.js';

const amount = () => ({ tripId: 't', amount: 1 });
const begin = () => defineSaga('trip', { version: 1, input: tripInput });
const before = shapeOf(
  begin()
    .step('pay', card.charge, amount)
    .compensate(card.refund, () => ({ tripId: 't' }))
    .build(),
);
const changes = (after: ReturnType<typeof shapeOf>) => changesBetween(before, after);

describe('the shape of a definition', () => {
  it('is the same whatever its timeouts, retries and payloads are, and however a store orders its keys', () => {
    const other = begin()
      .step('pay', card.charge, () => ({ tripId: 'other', amount: 2 }), { timeoutMs: 1, retry: 'forever' })
      .compensate(card.refund, () => ({ tripId: 'x' }), { timeoutMs: 1 })
      .build();
    expect(fingerprintOf(shapeOf(other))).toBe(fingerprintOf(before));
    const reversed = Object.fromEntries(Object.entries(before.steps.pay ?? {}).reverse());
    expect(fingerprintOf({ steps: { pay: reversed } })).toBe(fingerprintOf(before));
    expect(JSON.parse(JSON.stringify(before))).toEqual(before);
  });

  it('changes with everything that matters to a saga under way, and says what it is', () => {
    const pay = () => begin().step('pay', card.charge, amount);
    const cases: [ReturnType<typeof shapeOf>, string[]][] = [
      [
        shapeOf(pay().build()),
        ['step pay: compensation was card.refund, now absent', 'step pay: compensationQueue was cards, now absent'],
      ],
      [
        shapeOf(
          pay()
            .compensate(hotel.cancel, () => ({ tripId: 't' }))
            .build(),
        ),
        [
          'step pay: compensation was card.refund, now hotel.cancel',
          'step pay: compensationQueue was cards, now hotels',
        ],
      ],
      [
        shapeOf(
          pay()
            .compensate(card.refund, () => ({ tripId: 't' }), { strategy: 'immediate' })
            .build(),
        ),
        ['step pay: immediate was absent, now true'],
      ],
      [
        shapeOf(
          pay()
            .compensate(card.refund, () => ({ tripId: 't' }), { when: () => true })
            .build(),
        ),
        ['step pay: compensatedOnlyWhen was absent, now true'],
      ],
      [
        shapeOf(
          pay()
            .compensate(card.refund, () => ({ tripId: 't' }))
            .build({ compensationOrder: ['pay'] }),
        ),
        ['compensationOrder was absent, now [pay]'],
      ],
      [
        shapeOf(
          begin()
            .step('book', flight.book, () => ({ tripId: 't', seats: 1 }))
            .build(),
        ),
        ['step pay is gone', 'step book is new'],
      ],
      [
        shapeOf(
          begin()
            .step('pay', card.charge, amount, { when: () => true })
            .compensate(card.refund, () => ({ tripId: 't' }))
            .build(),
        ),
        ['step pay: conditional was absent, now true'],
      ],
    ];
    for (const [after, said] of cases) {
      expect(changes(after)).toEqual(said);
      expect(fingerprintOf(after)).not.toBe(fingerprintOf(before));
    }
  });

  it('is not changed by the order in which independent steps are written', () => {
    const { steps } = shapeOf(tripSaga());
    expect(changesBetween({ steps }, { steps: Object.fromEntries(Object.entries(steps).reverse()) })).toEqual([]);
  });
});
