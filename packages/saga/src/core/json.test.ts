import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { conversation } from '../testing/conversation.js';
import { card, tripInput, tripInputOf } from '../testing/trip.fixture.js';
import { defineSaga } from './builder.js';
import { asJson } from './json.js';
import { begin } from './transition.js';

describe('a value on its way into the journal', () => {
  it.each([
    [null],
    ['text'],
    [1.5],
    [true],
    [{ a: [1, { b: null }], c: undefined }],
    [Object.assign(Object.create(null), { a: 1 })],
  ])('is left as it is if it is JSON: %j', (value) => expect(asJson(value)).toBe(value));

  it.each<[string, unknown, unknown]>([
    ['a date', { at: new Date(0) }, { at: '1970-01-01T00:00:00.000Z' }],
    ['a number that is none', [Number.NaN, Number.POSITIVE_INFINITY], [null, null]],
    [
      'an instance',
      {
        it: new (class Money {
          amount = 1;
        })(),
      },
      { it: { amount: 1 } },
    ],
    ['a map', new Map([[1, 2]]), {}],
    ['a hole in a list', [undefined], [null]],
  ])('becomes what the journal gives back: %s', (_, value, kept) => expect(asJson(value)).toStrictEqual(kept));

  it('is left to the journal to refuse if JSON cannot say it', () => {
    const big = [1n];
    expect(asJson(big)).toBe(big);
    const loop: unknown[] = [];
    loop.push(loop);
    expect(asJson(loop)).toBe(loop);
  });
});

describe('what a saga carries is the same before and after a crash:', () => {
  const seen: unknown[] = [];
  const dated = { name: 'dated', payload: z.object({ at: z.string().transform((at) => new Date(at)) }) };
  const saga = defineSaga('dated', {
    version: 1,
    input: tripInput.extend({ on: z.string().transform((on) => new Date(on)) }),
  })
    .local('clock', () => ({ at: new Date(0) }))
    .waitFor('event', dated)
    .step('pay', card.charge, ({ input, replies }) => {
      seen.push(input.on, replies.clock.at, replies.event.at);
      return { tripId: 't', amount: 1 };
    })
    .build();

  it('its input, its replies and its events are JSON from the start', () => {
    const input = { ...tripInputOf('t'), on: '1970-01-01T00:00:00.000Z' };
    conversation(saga, input as never)
      .expectLocal('clock')
      .reply({ at: new Date(0) })
      .signal(dated, { at: '1970-01-01' })
      .expect(card.charge);
    expect(seen).toEqual(Array(3).fill('1970-01-01T00:00:00.000Z'));
    const { input: kept } = begin(saga, { sagaId: 's', businessKey: 'b', input: { on: new Date(0) } }, 0).saga;
    expect(kept).toEqual({ on: '1970-01-01T00:00:00.000Z' });
  });
});
