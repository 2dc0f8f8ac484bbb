import { ok } from 'node:assert/strict';
import type { SagaState } from '../core/saga.js';
import type { ExploredParticipants } from './explore/scenario.js';
import { type Call, handler, refusal } from './simulation/participants.js';
import { card, flight, hotel, ticket } from './trip.fixture.js';

/** How a participant can be wrong: each has lost somebody money somewhere. */
export type Mistake =
  /** A compensation that finds nothing leaves no trace, so that a late action is done after it. */
  | 'no tombstone'
  /** A command that comes again is known by the id of its sending, which is another one then. */
  | 'known by its sending'
  /** The work is committed first, and then, apart from it, that it was done. */
  | 'outcome apart from the work'
  /** A repeated action is refused as a conflict, instead of being answered as the first time. */
  | 'refuses repeats';

type Work = 'done' | 'undone';

/** Keeps what was asked for, by trip; the row is the recorded outcome. */
class Books {
  /** Units given away, by key: what the world sees. */
  readonly given = new Map<string, number>();
  readonly #rows = new Map<string, Work>();
  readonly #mistakes: ReadonlySet<Mistake>;

  constructor(mistakes: ReadonlySet<Mistake>) {
    this.#mistakes = mistakes;
  }

  do<T, const Code extends string>(trip: string, units: number, { command, boundary }: Call, code: Code, reply: T) {
    const key = this.#mistakes.has('known by its sending') ? command.id : trip;
    const row = this.#rows.get(key);
    if (row === 'undone') return refusal(code);
    if (row === 'done') return this.#mistakes.has('refuses repeats') ? refusal(code) : reply;
    this.given.set(trip, (this.given.get(trip) ?? 0) + units);
    if (this.#mistakes.has('outcome apart from the work')) boundary('after the work, before its record');
    this.#rows.set(key, 'done');
    return reply;
  }

  undo(trip: string) {
    if (this.given.has(trip) || !this.#mistakes.has('no tombstone')) this.#rows.set(trip, 'undone');
    this.given.delete(trip);
    return {};
  }
}

/** Flights, hotels, cards and tickets as they ought to be, but for the mistakes. */
export function tripParticipants(...mistakes: readonly Mistake[]): ExploredParticipants {
  const [seats, rooms, charges, tickets] = [1, 2, 3, 4].map(() => new Books(new Set(mistakes))) as [
    Books,
    Books,
    Books,
    Books,
  ];
  const handlers = {
    ...handler(flight.book, ({ tripId, seats: count }, call) =>
      seats.do(tripId, count, call, 'NO_SUCH_FLIGHT', { flightId: 'LH 1', price: 100 }),
    ),
    ...handler(flight.cancel, ({ tripId }) => seats.undo(tripId)),
    ...handler(hotel.book, ({ tripId, beds }, call) => rooms.do(tripId, beds, call, 'NO_ROOM', { room: '12' })),
    ...handler(hotel.cancel, ({ tripId }) => rooms.undo(tripId)),
    ...handler(card.charge, ({ tripId, amount }, call) =>
      charges.do(tripId, amount, call, 'DECLINED', { receipt: 'r-1' }),
    ),
    ...handler(card.refund, ({ tripId }) => charges.undo(tripId)),
    ...handler(ticket.issue, ({ tripId }, call) => tickets.do(tripId, 1, call, 'CLOSED', { number: 't-1' })),
  };
  const standing = () => [seats, rooms, charges, tickets].map(({ given }) => given.get('t') ?? 0);
  return {
    handlers,
    invariants: ({ status }: SagaState) => {
      const expected = status === 'COMPLETED' ? [2, 2, 200, 1] : [0, 0, 0, 0];
      ok(standing().join() === expected.join(), `seats, rooms, money, tickets are ${standing()}, not ${expected}`);
    },
    always: () => {
      const [flights, beds, money, issued] = standing();
      ok(issued === 0 || money === 200, 'a ticket that was not paid');
      ok(money === 0 || beds === 2, 'money taken for no room');
      ok(beds === 0 || flights === 2, 'a room, and no flight to it');
    },
  };
}
