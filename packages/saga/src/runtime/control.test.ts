import { beforeEach, describe, expect, it } from 'vitest';
import type { Process } from '../testing/process.fixture.js';
import { Scene } from '../testing/scene.fixture.js';

let scene: Scene;
beforeEach(() => {
  scene = new Scene();
});

const cancel = { kind: 'cancelRequested', reason: 'changed my mind', by: 'ada' } as const;
const retry = { kind: 'retry', by: 'ada' } as const;
const skip = { kind: 'skip', step: 'bookHotel', reason: 'called them' } as const;
const code = (expected: string) => expect.objectContaining({ code: expected });
/** The hotel answers after 100 ms, everybody else at once. */
const slowHotel = {
  fault: ({ name }: { name: string }) => (name === 'hotel.book' ? { replyAfterMs: 100 } : 'none'),
} as const;
const BACK = ['flight.book', 'hotel.book', 'hotel.cancel', 'flight.cancel'];

/** A saga that waits for the hotel's answer. */
async function atHotel(process: Process): Promise<void> {
  await scene.run(process, '1');
  await scene.clock.until(() => process.sender.names.includes('hotel.book'));
  await scene.clock.advance(10);
}

/** A saga whose hotel cannot be cancelled. */
async function parked(process: Process): Promise<void> {
  scene.world.refusals.set('card.charge', 'DECLINED').set('hotel.cancel', 'TOO_LATE');
  await scene.run(process, '1');
  await scene.clock.until(async () => (await scene.saga('1'))?.status === 'COMPENSATION_FAILED');
  scene.world.refusals.delete('hotel.cancel');
}

describe('cancelling', () => {
  it('awaits the current step and takes back what was done, sending each command once', async () => {
    const process = scene.start(slowHotel);
    await atHotel(process);
    const state = await scene.clock.resolved(process.runtime.control('1', cancel));
    expect(state).toMatchObject({ status: 'RUNNING', failure: { code: 'CANCELLED', message: 'changed my mind' } });
    expect(await scene.ended(process, '1')).toMatchObject({ status: 'COMPENSATED' });
    expect(process.sender.names).toEqual(BACK);
    await scene.isSound('1');
  });

  it('works from a process that does not run the saga, and keeps the answer that comes to the one that did', async () => {
    const [one, other] = [scene.start(slowHotel), scene.start({ owner: 'b' })];
    await atHotel(one);
    const before = scene.clock.now();
    await scene.clock.resolved(other.runtime.control('1', cancel));
    expect(await scene.ended(other, '1')).toMatchObject({ status: 'COMPENSATED', failure: { code: 'CANCELLED' } });
    expect(scene.clock.now() - before).toBeLessThan(1_000);
    expect([...one.sender.names, ...other.sender.names].sort()).toEqual(BACK.toSorted());
    expect(await scene.count('1', 'STEP_COMPLETED')).toBe(2);
    await scene.isSound('1');
    await scene.clock.advance(60_000);
    expect([one.runtime.activeCount, other.runtime.activeCount]).toEqual([0, 0]);
  });

  it('works at any moment of a saga', async () => {
    for (let ms = 0; ms < 12; ms++) {
      scene = new Scene();
      const [one, other] = [scene.start(), scene.start({ owner: 'b' })];
      await scene.run(one, '1');
      await scene.clock.advance(ms);
      const asked = await Promise.allSettled([
        scene.clock.resolved(one.runtime.control('1', cancel)),
        scene.clock.resolved(other.runtime.control('1', cancel)),
      ]);
      const applied = asked.filter(({ status }) => status === 'fulfilled').length;
      const ended = await scene.ended(one, '1');
      expect([applied, ended?.status]).toEqual(applied === 0 ? [0, 'COMPLETED'] : [1, 'COMPENSATED']);
      await scene.isSound('1');
    }
  });

  it('is asked again by itself if the saga moves on meanwhile', async () => {
    const [one, other] = [scene.start(slowHotel), scene.start({ owner: 'b' })];
    await atHotel(one);
    let moved = false;
    other.connection.beforeWrite = async () => {
      if (!moved) await one.runtime.control('1', { kind: 'pause' });
      moved = true;
    };
    const state = await scene.clock.resolved(other.runtime.control('1', cancel));
    expect([moved, state.status]).toEqual([true, 'PAUSED']);
    expect(await scene.count('1', 'SAGA_CANCEL_REQUESTED')).toBe(1);
  });

  it('twice at the same instant is done once', async () => {
    const process = scene.start(slowHotel);
    await atHotel(process);
    const asked = await Promise.allSettled([1, 2, 3].map(() => process.runtime.control('1', cancel)));
    expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await scene.count('1', 'SAGA_CANCEL_REQUESTED')).toBe(1);
  });

  it('works while the answer of the current step is being journaled', async () => {
    const process = scene.start();
    await scene.run(process, '1');
    let asked: Promise<unknown> | undefined;
    process.connection.beforeWrite = (round) => {
      if (asked === undefined && round.some(({ logs }) => logs.some(({ event }) => event === 'STEP_COMPLETED')))
        asked = process.runtime.control('1', cancel);
    };
    expect(await scene.ended(process, '1')).toMatchObject({ status: 'COMPENSATED' });
    await asked;
    expect(new Set(process.sender.names).size).toBe(process.sender.names.length);
    await scene.isSound('1');
  });

  it('tells why when it is too late, or when there is nothing to cancel', async () => {
    const process = scene.start();
    await scene.run(process, '1');
    await scene.ended(process, '1');
    await expect(process.runtime.control('1', cancel)).rejects.toEqual(code('NOT_APPLICABLE'));
    await expect(process.runtime.control('2', cancel)).rejects.toEqual(code('UNKNOWN_SAGA'));
    const without = scene.start({ definitions: [] });
    await expect(without.runtime.control('1', cancel)).rejects.toEqual(code('UNKNOWN_DEFINITION'));
    process.connection.away = true;
    await expect(process.runtime.control('1', cancel)).rejects.toEqual(code('JOURNAL_UNAVAILABLE'));
  });

  it('waits for the journal if it goes away meanwhile, but not for ever, and is not done later by itself', async () => {
    const process = scene.start(slowHotel);
    await atHotel(process);
    process.connection.away = ['write'];
    const asked = process.runtime.control('1', cancel);
    await expect(scene.clock.resolved(asked)).rejects.toEqual(code('JOURNAL_UNAVAILABLE'));
    process.connection.away = false;
    expect(await scene.ended(process, '1')).toMatchObject({ status: 'COMPLETED' });
    expect(await scene.count('1', 'SAGA_CANCEL_REQUESTED')).toBe(0);
    await scene.isSound('1');
  });

  it('is given up as well if the journal does not answer at all', async () => {
    const process = scene.start({ ...slowHotel, controlTimeoutMs: 2_000 });
    await atHotel(process);
    process.connection.beforeWrite = () => new Promise(() => {});
    const before = scene.clock.now();
    const asked = process.runtime.control('1', cancel);
    await expect(scene.clock.resolved(asked)).rejects.toMatchObject({ message: expect.stringContaining('ask again') });
    expect(scene.clock.now() - before).toBe(2_000);
  });

  it('waits for the journal if it goes away for a moment', async () => {
    const process = scene.start(slowHotel);
    await atHotel(process);
    process.connection.away = ['write'];
    const asked = process.runtime.control('1', cancel);
    await scene.clock.advance(2_000);
    process.connection.away = false;
    await scene.clock.resolved(asked);
    expect(await scene.ended(process, '1')).toMatchObject({ status: 'COMPENSATED' });
    await scene.isSound('1');
  });
});

describe('a parked saga', () => {
  it('is nobody’s work, and found by nobody’s sweep', async () => {
    const process = scene.start();
    await parked(process);
    expect(process.runtime.activeCount).toBe(0);
    await scene.clock.advance(600_000);
    expect(await scene.count('1', 'SAGA_CLAIMED')).toBe(0);
    expect(process.sender.names.filter((name) => name === 'hotel.cancel')).toHaveLength(1);
    expect(await process.runtime.missingDefinitions()).toEqual([]);
  });

  it.each([
    ['retried', retry, ['hotel.cancel 2', 'flight.cancel']],
    ['skipped', skip, ['flight.cancel']],
  ])('is %s from any process, and ends', async (_, wish, commands) => {
    const [one, other] = [scene.start(), scene.start({ owner: 'b' })];
    await parked(one);
    expect(await scene.clock.resolved(other.runtime.control('1', wish))).toMatchObject({ status: 'COMPENSATING' });
    expect(await scene.ended(other, '1')).toMatchObject({ status: 'COMPENSATED' });
    expect(other.sender.names).toEqual(commands);
  });

  it('that is retried while its participant cannot be reached is tried again soon, not after a timeout', async () => {
    const process = scene.start({
      fault: ({ name, attempt }) => (name === 'hotel.cancel' && attempt === 2 ? 'notConnected' : 'none'),
    });
    await parked(process);
    const before = scene.clock.now();
    await scene.clock.resolved(process.runtime.control('1', retry));
    expect(await scene.ended(process, '1')).toMatchObject({ status: 'COMPENSATED' });
    expect(scene.clock.now() - before).toBeLessThan(2_000);
    await scene.isSound('1');
  });

  it('that parks again leaves nothing behind in the process', async () => {
    const process = scene.start();
    await parked(process);
    scene.world.refusals.set('hotel.cancel', 'TOO_LATE');
    await scene.clock.resolved(process.runtime.control('1', retry));
    await scene.clock.advance(100);
    expect(await scene.saga('1')).toMatchObject({ status: 'COMPENSATION_FAILED' });
    expect(process.runtime.activeCount).toBe(0);
    expect(process.lines.filter((line) => line.includes('nothing is due'))).toEqual([]);
  });
});

describe('of what a person may do besides', () => {
  const compensate = { kind: 'compensate', reason: 'stop it', by: 'ada' } as const;

  it('compensating does not wait for what is under way, and the answer that still comes changes nothing', async () => {
    const process = scene.start({
      fault: ({ name }) => (name === 'hotel.book' ? { replyAfterMs: 3_000 } : 'none'),
    });
    await atHotel(process);
    await scene.clock.resolved(process.runtime.control('1', compensate));
    const before = scene.clock.now();
    expect(await scene.ended(process, '1')).toMatchObject({ status: 'COMPENSATED' });
    expect(scene.clock.now() - before).toBeLessThan(1_000);
    await scene.clock.advance(5_000);
    await scene.isSound('1');
  });

  it('retrying sends at once what waits for its next attempt', async () => {
    const process = scene.start({ fault: ({ attempt }) => (attempt < 3 ? 'failed' : 'none') });
    await scene.run(process, '1');
    await scene.clock.until(async () => (await scene.count('1', 'STEP_FAILED')) === 2);
    const before = scene.clock.now();
    await scene.clock.resolved(process.runtime.control('1', retry));
    await scene.clock.until(() => process.sender.names.includes('flight.book 3'));
    expect(scene.clock.now()).toBe(before);
  });

  it('skipping a step of a saga that goes forward gives later steps the reply', async () => {
    const process = scene.start({ fault: ({ name }) => (name === 'flight.book' ? 'failed' : 'none') });
    await scene.run(process, '1');
    await scene.clock.advance(10);
    const flown = { kind: 'skip', step: 'bookFlight', reason: 'by phone', reply: { flightId: 'X', price: 7 } } as const;
    await scene.clock.resolved(process.runtime.control('1', flown));
    expect(await scene.ended(process, '1')).toMatchObject({ status: 'COMPLETED' });
    expect(process.sender.sent.find(({ name }) => name === 'card.charge')?.payload).toMatchObject({ amount: 14 });
  });

  it('what does not apply says why', async () => {
    const process = scene.start(slowHotel);
    await atHotel(process);
    await expect(process.runtime.control('1', { kind: 'resume' })).rejects.toEqual(code('NOT_APPLICABLE'));
    await scene.clock.resolved(process.runtime.control('1', { kind: 'pause' }));
    await expect(process.runtime.control('1', { kind: 'pause' })).rejects.toEqual(code('NOT_APPLICABLE'));
  });
});

describe('another live process of the same name', () => {
  const shout = (process: Process) => process.lines.filter((line) => line.startsWith('error another process bears'));

  it('is found out, and shouted at', async () => {
    const [one, other] = [scene.start(slowHotel), scene.start({ connected: false })];
    await atHotel(one);
    other.sender.connected = true;
    await scene.ended(one, '1');
    await scene.clock.advance(1_000);
    expect([...shout(one), ...shout(other)]).toHaveLength(1);
    await scene.isSound('1');
  });

  it('is not taken for one: the process itself, a guest, a write that was kept although it was reported as failed', async () => {
    const [one, other] = [scene.start(slowHotel), scene.start({ owner: 'b' })];
    await atHotel(one);
    await scene.clock.resolved(other.runtime.control('1', cancel));
    await scene.ended(one, '1');
    let lose = true;
    one.connection.beforeWrite = () => {
      one.connection.losesAnswers = lose;
      lose = false;
    };
    await scene.run(one, '2').catch(() => {});
    await scene.run(one, '2');
    lose = true;
    await scene.ended(one, '2');
    await scene.run(one, '3');
    await scene.clock.advance(20);
    other.suspend();
    const { revision } = (await scene.store.find({ by: 'id', sagaId: '3' })) ?? { revision: 0 };
    await scene.store.release([{ sagaId: '3', revision }]);
    await scene.ended(one, '3');
    expect(await scene.count('3', 'SAGA_CLAIMED')).toBe(1);
    expect([...shout(one), ...shout(other)]).toEqual([]);
  });

  it('is not taken for one: the former process of the name, whose sagas were taken back', async () => {
    const before = scene.start(slowHotel);
    await atHotel(before);
    before.kill();
    const [after, other] = [scene.start(slowHotel), scene.start({ owner: 'b' })];
    await scene.clock.until(() => after.sender.names.includes('hotel.book 2'));
    await scene.clock.resolved(other.runtime.control('1', cancel));
    await scene.ended(after, '1');
    expect(await scene.count('1', 'SAGA_CLAIMED')).toBe(1);
    expect(shout(after)).toEqual([]);
  });
});
