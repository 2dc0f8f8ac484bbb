import { beforeEach, describe, expect, it } from 'vitest';
import { fold } from '../core/evolve.js';
import { Process, type ProcessOptions, TRIP } from '../testing/process.fixture.js';
import { tripInputOf, tripSaga } from '../testing/trip.fixture.js';
import { VirtualClock } from '../testing/virtual-clock.js';
import { World } from '../testing/world.fixture.js';
import { MemoryStore } from './memory-store.js';

let clock: VirtualClock;
let store: MemoryStore;
let world: World;

beforeEach(() => {
  clock = new VirtualClock();
  store = new MemoryStore(() => clock.now());
  world = new World();
});

const start = (options: ProcessOptions = {}) => new Process(world, store, clock, options);
const request = (id: string, changes: object = {}) => ({
  sagaId: id,
  businessKey: `trip-${id}`,
  input: tripInputOf(id),
  ...changes,
});
const ended = ({ runtime }: Process, id: string) => clock.resolved(runtime.ended(id, 600_000));

async function isFolded(id: string): Promise<void> {
  const record = await store.find({ by: 'id', sagaId: id });
  expect(fold(await store.logs(id), id)).toEqual(record?.saga);
}

const FORTH = ['flight.book', 'hotel.book', 'card.charge', 'ticket.issue'];

describe('a saga', () => {
  it('is journaled before its first command is sent', async () => {
    const process = start();
    let sentBefore = -1;
    process.connection.beforeWrite = () => {
      sentBefore = process.sender.sent.length;
    };
    const result = await process.runtime.run(TRIP, request('1'));
    expect(result).toMatchObject({ created: true, record: { revision: 1, owner: 'a', saga: { status: 'RUNNING' } } });
    expect(sentBefore).toBe(0);
    expect(process.sender.names).toEqual(['flight.book']);
  });

  it('runs to its end, sending each command once', async () => {
    const process = start();
    await process.runtime.run(TRIP, request('1'));
    expect(await ended(process, '1')).toMatchObject({ status: 'COMPLETED' });
    expect(process.sender.names).toEqual(FORTH);
    expect(world.standing('1')).toEqual(['bookFlight', 'bookHotel', 'chargeCard', 'issueTicket']);
    expect(process.runtime.activeCount).toBe(0);
    await isFolded('1');
  });

  it('is taken back when a step is refused', async () => {
    const process = start();
    world.refusals.set('card.charge', 'DECLINED');
    await process.runtime.run(TRIP, request('1'));
    expect(await ended(process, '1')).toMatchObject({ status: 'COMPENSATED', failure: { code: 'DECLINED' } });
    expect(process.sender.names).toEqual(['flight.book', 'hotel.book', 'card.charge', 'hotel.cancel', 'flight.cancel']);
    expect(world.standing('1')).toEqual([]);
    await isFolded('1');
  });

  it('shares journal rounds and sendings with those beside it, and none is sent twice', async () => {
    const process = start();
    let rounds = 0;
    process.connection.beforeWrite = () => void rounds++;
    const ids = Array.from({ length: 100 }, (_, index) => String(index));
    await Promise.all(ids.map((id) => process.runtime.run(TRIP, request(id))));
    await Promise.all(ids.map((id) => ended(process, id)));
    expect(process.sender.sent).toHaveLength(400);
    expect(new Set(process.sender.sent.map(({ id }) => id)).size).toBe(400);
    expect(rounds).toBeLessThan(20);
    for (const id of ids) expect(world.standing(id)).toHaveLength(4);
  });

  it('that cannot begin, because its first payload function throws, ends at once', async () => {
    const [first, ...rest] = TRIP.steps;
    const broken = {
      ...TRIP,
      steps: [
        {
          ...(first as (typeof TRIP.steps)[0]),
          compensation: undefined as never,
          payload: () => {
            throw new Error('a bug');
          },
        },
        ...rest,
      ],
    };
    const process = start({ definitions: [broken] });
    await process.runtime.run(broken, request('1'));
    expect(await ended(process, '1')).toMatchObject({ status: 'COMPENSATED', failure: { code: 'DEFINITION_ERROR' } });
    expect(process.runtime.activeCount).toBe(0);
  });
});

describe('starting the same saga again', () => {
  const idempotency = { scope: 'ada', key: 'k', fingerprint: 'f' };

  it.each([
    ['id', request('1', { businessKey: 'other' })],
    ['business key', request('2', { businessKey: 'trip-1' })],
    ['idempotency key', request('2', { idempotency: { ...idempotency, fingerprint: 'g' } })],
  ])('with the same %s gives the one that is there', async (_, again) => {
    const process = start();
    const first = await process.runtime.run(TRIP, request('1', { idempotency }));
    expect(first.record.idempotency).toEqual(idempotency);
    const second = await process.runtime.run(TRIP, again);
    expect(second).toMatchObject({ created: false, record: { saga: { sagaId: '1' }, idempotency } });
    await ended(process, '1');
    expect(await process.runtime.run(TRIP, again)).toMatchObject({
      created: false,
      record: { saga: { status: 'COMPLETED' } },
    });
    expect(process.sender.names).toEqual(FORTH);
  });

  it.each([
    ['id', (index: number) => request('1', { businessKey: `b-${index}` })],
    ['business key', (index: number) => request(`s-${index}`, { businessKey: 'b' })],
    ['idempotency key', (index: number) => request(`s-${index}`, { idempotency })],
    ['everything', () => request('1', { idempotency })],
  ])('at the same instant with the same %s gives one saga', async (_, each) => {
    const process = start();
    const results = await Promise.all([0, 1, 2, 3].map((index) => process.runtime.run(TRIP, each(index))));
    expect(results.filter(({ created }) => created)).toHaveLength(1);
    expect(new Set(results.map(({ record }) => record.saga.sagaId)).size).toBe(1);
    expect(process.sender.sent).toHaveLength(1);
  });

  it('at the same instant in two processes gives one saga', async () => {
    const [one, other] = [start({ owner: 'a' }), start({ owner: 'b' })];
    const results = await Promise.all([one, other].map(({ runtime }) => runtime.run(TRIP, request('1'))));
    expect(results.map(({ created }) => created).sort()).toEqual([false, true]);
    await ended(other, '1');
    expect([...one.sender.names, ...other.sender.names]).toEqual(FORTH);
  });

  it('gives another saga once the idempotency key is forgotten', async () => {
    const { runtime } = start();
    await runtime.run(TRIP, request('1', { idempotency }));
    await runtime.forgetIdempotencyKey('1');
    expect(await runtime.run(TRIP, request('2', { idempotency }))).toMatchObject({ created: true });
  });
});

describe('a saga is not started', () => {
  const code = (expected: string) => expect.objectContaining({ code: expected });

  it('while the process has as many as it may have', async () => {
    const process = start({ maxConcurrentSagas: 2 });
    await Promise.all(['1', '2'].map((id) => process.runtime.run(TRIP, request(id))));
    await expect(process.runtime.run(TRIP, request('3'))).rejects.toEqual(code('TOO_MANY_SAGAS'));
    const message = '2 sagas are under way already; try again in a second';
    await expect(process.runtime.run(TRIP, request('3'))).rejects.toMatchObject({ retryAfterMs: 1_000, message });
    await ended(process, '1');
    await ended(process, '2');
    expect(await process.runtime.run(TRIP, request('3'))).toMatchObject({ created: true });
  });

  it('with an input that its schema refuses', async () => {
    const { runtime, sender } = start();
    await expect(runtime.run(TRIP, request('1', { input: { tripId: 1 } }))).rejects.toEqual(code('INVALID_INPUT'));
    expect([await store.find({ by: 'id', sagaId: '1' }), sender.sent]).toEqual([undefined, []]);
  });

  it('with an input that no journal can keep', async () => {
    const loose = {
      ...TRIP,
      input: { '~standard': { version: 1, vendor: 't', validate: (value: unknown) => ({ value }) } },
    };
    const { runtime } = start({ definitions: [loose as never] });
    const bad = runtime.run(loose as never, request('1', { input: { big: 1n } }));
    await expect(bad).rejects.toEqual(code('INVALID_INPUT'));
    expect(runtime.activeCount).toBe(0);
    expect(await runtime.run(loose as never, request('1'))).toMatchObject({ created: true });
  });

  it('of a definition that the runtime was not given', async () => {
    const { runtime } = start();
    await expect(runtime.run({ ...tripSaga(), version: 2 }, request('1'))).rejects.toEqual(code('UNKNOWN_DEFINITION'));
  });

  it('while the journal cannot be reached; later it can', async () => {
    const process = start();
    process.connection.away = true;
    await expect(process.runtime.run(TRIP, request('1'))).rejects.toEqual(code('JOURNAL_UNAVAILABLE'));
    expect(process.runtime.activeCount).toBe(0);
    process.connection.away = false;
    expect(await process.runtime.run(TRIP, request('1'))).toMatchObject({ created: true });
  });

  it('twice, when the journal had kept it although it said otherwise', async () => {
    const process = start();
    process.connection.losesAnswers = true;
    await expect(process.runtime.run(TRIP, request('1'))).rejects.toEqual(code('JOURNAL_UNAVAILABLE'));
    process.connection.losesAnswers = false;
    expect(await process.runtime.run(TRIP, request('1'))).toMatchObject({ created: false });
    expect(await ended(process, '1')).toMatchObject({ status: 'COMPLETED' });
    expect(world.executed).toHaveLength(4);
  });

  it('if it cannot be said whether it is there already', async () => {
    const process = start();
    await process.runtime.run(TRIP, request('1'));
    process.connection.away = ['find'];
    const again = process.runtime.run(TRIP, request('2', { businessKey: 'trip-1' }));
    await expect(again).rejects.toEqual(code('JOURNAL_UNAVAILABLE'));
  });
});

describe('waiting for the end', () => {
  it('gives nothing once the wait is over, and the end to all who wait', async () => {
    const process = start({ fault: ({ attempt }) => (attempt === 1 ? 'commandLost' : 'none') });
    await process.runtime.run(TRIP, request('1'));
    const [early, one, other] = [1_000, 600_000, 600_000].map((ms) => process.runtime.ended('1', ms));
    expect(await clock.resolved(early as Promise<unknown>)).toBeUndefined();
    expect(await clock.resolved(one as Promise<unknown>)).toMatchObject({ status: 'COMPLETED' });
    expect(await other).toMatchObject({ status: 'COMPLETED' });
  });

  it('gives at once what has ended', async () => {
    const process = start();
    await process.runtime.run(TRIP, request('1'));
    await ended(process, '1');
    const before = clock.now();
    expect(await clock.resolved(process.runtime.ended('1', 1_000))).toMatchObject({ status: 'COMPLETED' });
    expect(clock.now()).toBe(before);
  });

  it('works in a process that does not run the saga', async () => {
    const [one, other] = [start({ owner: 'a' }), start({ owner: 'b' })];
    await one.runtime.run(TRIP, request('1'));
    expect(await ended(other, '1')).toMatchObject({ status: 'COMPLETED' });
  });

  it('works while the journal is away for a moment', async () => {
    const [one, other] = [start({ owner: 'a' }), start({ owner: 'b' })];
    await one.runtime.run(TRIP, request('1'));
    other.connection.away = true;
    const waiting = other.runtime.ended('1', 60_000);
    await clock.advance(500);
    other.connection.away = false;
    expect(await clock.resolved(waiting)).toMatchObject({ status: 'COMPLETED' });
  });

  it('gives nothing when the process stops', async () => {
    const process = start({ fault: () => 'commandLost' });
    await process.runtime.run(TRIP, request('1'));
    const waiting = process.runtime.ended('1', 60_000);
    await clock.resolved(process.runtime.stop(0));
    expect(await waiting).toBeUndefined();
    const before = clock.now();
    expect(await clock.resolved(process.runtime.ended('1', 60_000))).toBeUndefined();
    expect(clock.now()).toBe(before);
  });
});
