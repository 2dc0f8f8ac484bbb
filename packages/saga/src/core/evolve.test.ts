import { describe, expect, it } from 'vitest';
import { conversation } from '../testing/conversation.js';
import { flight, hotel, tripInputOf, tripSaga } from '../testing/trip.fixture.js';
import { fold } from './evolve.js';
import type { LogEntry } from './log.js';
import { transition } from './transition.js';

const trip = tripSaga();
const { logs } = conversation(trip, tripInputOf('t'))
  .expect(flight.book)
  .reply({ flightId: 'LH 1', price: 100 })
  .expect(hotel.book)
  .refuse('NO_ROOM')
  .expect(flight.cancel)
  .reply({})
  .ends('COMPENSATED');
const without = (index: number): LogEntry[] => logs.toSpliced(index, 1);
const renumbered = (entries: readonly LogEntry[]) => entries.map((entry, index) => ({ ...entry, seq: index + 1 }));

describe('the fold of a journal', () => {
  it('gives a state after each of its entries', () => {
    const statuses = logs.map((_, index) => fold(logs.slice(0, index + 1)).status);
    expect(new Set(statuses)).toEqual(new Set(['RUNNING', 'COMPENSATING', 'COMPENSATED']));
  });

  it('does not change what an entry of the runtime says nothing about', () => {
    const claimed: LogEntry = { seq: 2, event: 'SAGA_CLAIMED', step: null, attempt: null, data: { owner: 'b' }, at: 9 };
    const before = fold(logs.slice(0, 1));
    expect(fold([...logs.slice(0, 1), claimed])).toEqual({ ...before, logSeq: 2, updatedAt: 9 });
  });

  it.each([
    ['is empty', []],
    ['does not begin at the beginning', renumbered(without(0))],
    ['has a gap', without(2)],
    ['has an entry twice', [...logs.slice(0, 2), ...logs.slice(1)]],
    ['begins twice', renumbered([...logs.slice(0, 1), ...logs])],
    ['ends a step that did not begin', renumbered(without(1))],
    ['names a step that there is not', renumbered([...logs.slice(0, 1), { ...logs[1], step: 'other' } as LogEntry])],
    ['goes on after the end', renumbered([...logs, logs[1] as LogEntry])],
    ['ends twice', renumbered([...logs, logs.at(-1) as LogEntry])],
    [
      'skips a step that is not parked',
      renumbered([
        ...logs.slice(0, 3),
        { ...logs[2], event: 'STEP_SKIPPED_BY_OPERATOR', data: { reason: '' } } as LogEntry,
      ]),
    ],
  ])('is refused if the journal %s', (_, corrupt) => {
    expect(() => fold(corrupt)).toThrow(expect.objectContaining({ code: 'JOURNAL_CORRUPT' }));
  });
});

describe('a saga whose steps are not those of the definition', () => {
  it('is left alone, with a reason', () => {
    const running = fold(logs.slice(0, 2), 's');
    const others = { ...trip, steps: trip.steps.filter(({ name }) => name !== 'bookFlight') };
    for (const kind of ['due', 'recovered'] as const) {
      const next = transition(others, running, { kind }, 1e13);
      expect(next).toMatchObject({
        saga: running,
        logs: [],
        commands: [],
        ignored: expect.stringContaining('version 1'),
      });
    }
  });
});
