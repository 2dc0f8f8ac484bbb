import { ok } from 'node:assert/strict';
import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { defineSaga } from '../../core/builder.js';
import { hasEnded, type SagaState } from '../../core/saga.js';
import { type Call, handler, refusal } from '../simulation/participants.js';
import { flight, hotel, tripInput, tripInputOf, tripSaga } from '../trip.fixture.js';
import { type Mistake, tripParticipants } from '../trip-participants.fixture.js';
import type { ExplorationError } from './exploration-error.js';
import { type ExploreOptions, exploreCrashes } from './explore-crashes.js';
import type { Actors, ExploredParticipants } from './scenario.js';

const input = tripInputOf('t');
type Options = Partial<ExploreOptions<typeof input>>;
const trip = (options: Options = {}) =>
  exploreCrashes(tripSaga(), { input, participants: () => tripParticipants(), maxPairs: 0, ...options });
const mistaken = (mistake: Mistake, options: Options = {}) =>
  trip({ participants: () => tripParticipants(mistake), ...options }).catch((error: ExplorationError) => error);

/** One step, which books a flight and does not give it back by itself. */
const small = defineSaga('small', { version: 1, input: tripInput })
  .step('bookFlight', flight.book, ({ input }) => ({ tripId: input.tripId, seats: input.seats }))
  .compensate(flight.cancel, ({ input, failure }) => ({ tripId: input.tripId, why: failure.code }))
  .build();

/** A flight that is given back; what was given back is not booked again. */
function flights(): ExploredParticipants {
  let [booked, tombstone] = [false, false];
  const book = () => {
    if (tombstone) return refusal('SOLD_OUT');
    booked = true;
    return { flightId: 'LH 1', price: 1 };
  };
  const cancel = () => {
    [booked, tombstone] = [false, true];
    return {};
  };
  return {
    handlers: { ...handler(flight.book, book), ...handler(flight.cancel, cancel) },
    invariants: (saga) => ok(!hasEnded(saga) || booked === (saga.status === 'COMPLETED'), `booked: ${booked}`),
  };
}

// Other work on the machine makes it slow at times.
vi.setConfig({ testTimeout: 600_000 });

describe('an exploration', () => {
  it('tries every moment and every message of every scenario, and pairs of crashes, and tells how it went', async () => {
    const explored = await exploreCrashes(small, { input, participants: flights });
    const { tookMs, summary, ...counts } = explored;
    expect(counts).toMatchObject({ scenarios: 5 });
    expect(counts.boundaries).toBeGreaterThan(100);
    expect(counts.messages).toBeGreaterThan(5);
    expect(counts.runs).toBeGreaterThan(4 * counts.boundaries);
    expect(counts.pairs).toBe(counts.pairsInAll);
    expect(Object.keys(counts.outcomes).sort()).toEqual([
      'COMPENSATED (CANCELLED)',
      'COMPENSATED (SOLD_OUT)',
      'COMPENSATED (TIMEOUT)',
      'COMPLETED',
    ]);
    expect(Object.values(counts.outcomes).reduce((sum, count) => sum + count)).toBe(counts.runs);
    expect(summary).toContain(`small: ${counts.runs} runs in ${(tookMs / 1_000).toFixed(1)} s (5 scenarios`);
  });

  it('is the same each time; with another seed it is another one', async () => {
    const explore = async (seed: number) => {
      const {
        tookMs: _,
        summary: __,
        ...counts
      } = await exploreCrashes(small, { input, participants: flights, seed, maxPairs: 200 });
      return counts;
    };
    const first = await explore(1);
    expect(await explore(1)).toEqual(first);
    expect(await explore(2)).not.toEqual(first);
  });

  it('draws pairs if there are too many, and says so', async () => {
    const { pairs, pairsInAll, summary } = await exploreCrashes(small, { input, participants: flights, maxPairs: 50 });
    expect(pairs).toBe(50);
    expect(pairsInAll).toBeGreaterThan(500);
    expect(summary).toContain(`50 pairs drawn from ${pairsInAll}`);
  });

  it('looks no further than messages that are late may come', async () => {
    const endless = { input, participants: flights, within: '401d' } as const;
    await expect(exploreCrashes(small, endless)).rejects.toThrow('within 400 days');
  });

  it('leaves cancelling out if told so', async () => {
    const { outcomes } = await exploreCrashes(small, { input, participants: flights, cancel: false });
    expect(outcomes).not.toHaveProperty('COMPENSATED (CANCELLED)');
  });
});

describe('what an exploration finds', () => {
  it('is told with the label of the run, and what happened in it', async () => {
    const { message, label, problems } = (await mistaken('outcome apart from the work')) as ExplorationError;
    expect(label).toBe('seed 1 | all goes well | die after the work, before its record of flight.book');
    expect(problems).toEqual([
      'after the work, before its record of hotel.book: a room, and no flight to it',
      'an invariant is broken: seats, rooms, money, tickets are 4,2,200,1, not 2,2,200,1',
    ]);
    for (const line of [
      `only: '${label}'`,
      '0 ms  the journal has SAGA_STARTED, STEP_STARTED bookFlight',
      '>>> die after the work, before its record of flight.book',
      '5000 ms  the journal has STEP_TIMED_OUT bookFlight',
      'a sends flight.book',
      'flight.book: done',
      'the answer of hotel.book arrives at a',
    ])
      expect(message).toContain(line);
  });

  it('is found again by its label alone, and is gone when it is mended', async () => {
    const { message, label } = (await mistaken('known by its sending')) as ExplorationError;
    const again = (await mistaken('known by its sending', { only: label })) as ExplorationError;
    expect(again.message).toBe(message);
    expect(await trip({ only: label })).toMatchObject({ runs: 2, outcomes: { COMPLETED: 2 } });
  });

  it('needs a label that there is', async () => {
    await expect(trip({ only: 'nonsense' })).rejects.toThrow('"nonsense" is no label of a run');
    await expect(trip({ only: 'seed 1 | no such' })).rejects.toThrow('there is no scenario "no such"');
    await expect(trip({ only: 'seed 1 | all goes well | tickle x' })).rejects.toThrow('"tickle x" is nothing that can');
    await expect(trip({ only: 'seed 1 | all goes well | die nowhere' })).rejects.toThrow('did not come by "nowhere"');
  });

  it('may be wrong for a moment only', async () => {
    const participants = () => {
      const { handlers, always } = flights();
      let open = 0;
      const book = handlers['flight.book'] as () => unknown;
      const opened = handler(flight.book, (_, { boundary }) => {
        open++;
        boundary('while it is open');
        open--;
        return book() as { flightId: string; price: number };
      });
      return { handlers: { ...handlers, ...opened }, always: always ?? (() => ok(open === 0, 'it is open')) };
    };
    await expect(exploreCrashes(small, { input, participants })).rejects.toThrow(
      'while it is open of flight.book: it is open',
    );
  });

  it('may be a participant that throws, or one that is left to chance', async () => {
    const throwing = () => ({ handlers: { ...flights().handlers, 'flight.book': () => ok(false, 'a typo') } });
    await expect(exploreCrashes(small, { input, participants: throwing })).rejects.toThrow('a participant threw');
    const silent = () => ({ handlers: { ...flights().handlers, 'flight.book': () => ({}) } });
    await expect(exploreCrashes(small, { input, participants: silent })).rejects.toThrow(
      'the reply of flight.book breaks its contract: flightId',
    );
    let calls = 0;
    const fickle = () => {
      const { handlers } = flights();
      const book = handlers['flight.book'] as () => unknown;
      const named = (_: never, { boundary }: Call) => {
        boundary(`call ${calls++}`);
        return book();
      };
      return { handlers: { ...handlers, 'flight.book': named } };
    };
    await expect(exploreCrashes(small, { input, participants: fickle })).rejects.toThrow('left to chance');
  });

  it('is a saga that stays parked, unless it may', async () => {
    const stubborn = { ...flight.cancel, refusals: ['NO'] } as const;
    const saga = defineSaga('stubborn', { version: 1, input: tripInput })
      .step('bookFlight', flight.book, ({ input }) => ({ tripId: input.tripId, seats: 1 }))
      .compensate(stubborn, ({ input }) => ({ tripId: input.tripId, why: '' }))
      .build();
    const refused = { name: 'cancelled, in vain', faults: [['flight.cancel', { refusal: 'NO' }]] } as const;
    const script = ({ after, cancel }: Actors) => after(2, () => void cancel());
    const options = { input, participants: flights, cancel: false, maxPairs: 0 };
    const parking = (mayPark: boolean) =>
      exploreCrashes(saga, { ...options, scenarios: [{ ...refused, script, mayPark, depth: 'undisturbed' }] });
    await expect(parking(false)).rejects.toThrow('is parked: the compensation of bookFlight failed for good');
    const { outcomes } = await parking(true);
    expect(outcomes['COMPENSATION_FAILED (CANCELLED)']).toBe(1);
  });
});

describe('scenarios', () => {
  const paid = { name: 'paid', payload: z.object({ receipt: z.string() }) };

  it('have events that arrive, or do not, and people who pause and resume', async () => {
    const saga = defineSaga('invoice', { version: 1, input: tripInput })
      .step('bookFlight', flight.book, ({ input }) => ({ tripId: input.tripId, seats: 1 }))
      .compensate(flight.cancel, ({ input }) => ({ tripId: input.tripId, why: '' }))
      .waitFor('payment', paid, { timeoutMs: 7 * 86_400_000 })
      .build();
    const explored = await exploreCrashes(saga, {
      input,
      participants: flights,
      maxPairs: 300,
      script: ({ after, signal }) => after('2d', () => void signal(paid, { receipt: 'r' }, 'e-1')),
      scenarios: [
        { name: 'nobody pays', script: () => {} },
        {
          name: 'somebody pauses it',
          script: ({ after, signal, pause, resume }) => {
            after(2, () => void pause());
            after('1d', () => void signal(paid, { receipt: 'r' }));
            after('9d', () => void resume());
          },
        },
      ],
    });
    expect(Object.keys(explored.outcomes)).toContain('COMPENSATED (EVENT_TIMEOUT)');
    expect(explored.outcomes.COMPLETED).toBeGreaterThan(100);
  });

  it('have messages that overtake each other where there are several', async () => {
    const saga = defineSaga('parallel', { version: 1, input: tripInput })
      .parallel((all) =>
        all
          .step('bookFlight', flight.book, ({ input }) => ({ tripId: input.tripId, seats: 2 }))
          .compensate(flight.cancel, ({ input }) => ({ tripId: input.tripId, why: '' }))
          .step('bookHotel', hotel.book, ({ input }) => ({ tripId: input.tripId, beds: 2 }))
          .compensate(hotel.cancel, ({ input }) => ({ tripId: input.tripId })),
      )
      .build();
    const participants = () => {
      const { handlers, invariants } = tripParticipants();
      const names = ['flight.book', 'flight.cancel', 'hotel.book', 'hotel.cancel'];
      const others = Object.fromEntries(Object.entries(handlers).filter(([name]) => names.includes(name)));
      const taken = ({ status }: SagaState) => status === 'COMPENSATED';
      return { handlers: others, invariants: (saga: SagaState) => (taken(saga) ? invariants?.(saga) : undefined) };
    };
    const label = 'seed 1 | all goes well | overtake command of hotel.book';
    expect(await exploreCrashes(saga, { input, participants, only: label })).toMatchObject({ runs: 2 });
    const { outcomes } = await exploreCrashes(saga, { input, participants, maxPairs: 200 });
    expect(outcomes.COMPLETED).toBeGreaterThan(100);
  });
});
