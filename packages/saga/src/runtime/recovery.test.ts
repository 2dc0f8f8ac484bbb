import { beforeEach, describe, expect, it } from 'vitest';
import type { CommandContract } from '../core/command.js';
import type { Schema } from '../core/schema.js';
import { type Process, TRIP } from '../testing/process.fixture.js';
import { Scene } from '../testing/scene.fixture.js';
import { tripSaga } from '../testing/trip.fixture.js';
import type { Fault } from '../testing/world.fixture.js';
import type { SagaStore } from './store.js';

let scene: Scene;
beforeEach(() => {
  scene = new Scene();
});

/** Something goes wrong with the first sending of this command. */
const first =
  (wanted: string, fault: Fault) =>
  ({ name, attempt }: { name: string; attempt: number }): Fault =>
    name === wanted && attempt === 1 ? fault : 'none';

const STEPS = ['bookFlight', 'bookHotel', 'chargeCard', 'issueTicket'];

describe('a process that dies', () => {
  it('takes back at once what bears its name, when it is started again', async () => {
    const before = scene.start({ fault: first('hotel.book', 'replyLost') });
    await scene.run(before, '1');
    await scene.clock.advance(100);
    before.kill();
    const after = scene.start();
    await scene.clock.advance(10);
    expect(after.sender.names[0]).toBe('hotel.book 2');
    expect(after.runtime.hasSwept()).toBe(true);
    expect(await scene.ended(after, '1')).toMatchObject({ status: 'COMPLETED' });
    await scene.isSound('1');
  });

  it('leaves its sagas to others once they are overdue for the grace time', async () => {
    const before = scene.start({ fault: first('hotel.book', 'replyLost') });
    const other = scene.start({ owner: 'b' });
    await scene.run(before, '1');
    await scene.clock.advance(100);
    before.kill();
    await scene.clock.advance(5_400);
    expect(other.sender.names).toEqual([]);
    await scene.clock.advance(300);
    expect(other.sender.names[0]).toBe('hotel.book 2');
    expect(await scene.ended(other, '1')).toMatchObject({ status: 'COMPLETED' });
    expect((await scene.store.find({ by: 'id', sagaId: '1' }))?.owner).toBe('b');
    await scene.isSound('1');
  });

  describe.each(['before-commit', 'after-commit', 'after-send'])('%s', (boundary) => {
    async function dieAt(event: string, refusal?: string) {
      if (refusal !== undefined) scene.world.refusals.set(refusal, 'NO');
      let reached = 0;
      const before: Process = scene.start({
        crashPoint: (name) => {
          if (name === `orchestrator:${boundary}:${event}` && reached++ === 0) before.kill();
        },
      });
      void before.runtime.run(TRIP, { sagaId: '1', businessKey: 'b', input: { tripId: '1', seats: 1 } });
      await scene.clock.advance(200);
      expect(reached).toBe(1);
      const after = scene.start();
      return {
        after,
        ended: boundary === 'before-commit' && event === 'SAGA_STARTED' ? undefined : await scene.ended(after, '1'),
      };
    }

    it.each(['SAGA_STARTED', ...STEPS, 'SAGA_COMPLETED'])('of %s: the saga completes all the same', async (event) => {
      const { ended } = await dieAt(event);
      if (ended === undefined) expect(await scene.saga('1')).toBeUndefined();
      else expect(ended.status).toBe('COMPLETED');
      if (ended !== undefined) await scene.isSound('1');
    });

    it.each(['SAGA_STARTED', ...STEPS.slice(0, 3), 'SAGA_COMPENSATED'])(
      'of %s: the saga is taken back all the same',
      async (event) => {
        const { ended } = await dieAt(event, 'card.charge');
        if (ended === undefined) expect(await scene.saga('1')).toBeUndefined();
        else expect(ended.status).toBe('COMPENSATED');
        if (ended !== undefined) await scene.isSound('1');
      },
    );
  });

  it('a hundred times over leaves no saga behind', async () => {
    let process = scene.start();
    const ids: string[] = [];
    for (let times = 0; times < 100; times++) {
      if (times < 20) {
        ids.push(String(times));
        void process.runtime.run(TRIP, {
          sagaId: `${times}`,
          businessKey: `${times}`,
          input: { tripId: '', seats: 1 },
        });
      }
      await scene.clock.advance((times % 4) + 1);
      process.kill();
      process = scene.start();
    }
    for (const id of ids) {
      if ((await scene.saga(id)) === undefined) continue;
      expect((await scene.ended(process, id))?.status).toBe('COMPLETED');
      await scene.isSound(id);
    }
  });

  it('while a retry waits: it waits on, and nobody claims it meanwhile', async () => {
    const slow = tripSaga({ retry: { initialDelayMs: 9_900, jitter: 'none' } });
    const options = { definitions: [slow], fault: first('flight.book', 'failed') };
    const before = scene.start(options);
    await scene.run(before, '1', slow);
    await scene.clock.advance(100);
    before.kill();
    const after = scene.start(options);
    const other = scene.start({ ...options, owner: 'b' });
    await scene.clock.advance(9_500);
    expect([after.sender.names, other.sender.names]).toEqual([[], []]);
    expect(await scene.ended(after, '1')).toMatchObject({ status: 'COMPLETED' });
    expect(await scene.count('1', 'SAGA_CLAIMED')).toBe(1);
    expect(after.lines.filter((line) => line.includes('ignored'))).toEqual([]);
  });

  it('takes back no more than it has room for, and the rest when it has', async () => {
    const before = scene.start({ fault: () => 'commandLost' });
    const ids = ['1', '2', '3', '4', '5'];
    for (const id of ids) await scene.run(before, id);
    before.kill();
    const after = scene.start({ maxConcurrentSagas: 2, fault: () => ({ replyAfterMs: 500 }) });
    await scene.clock.advance(10);
    expect(after.runtime.activeCount).toBe(2);
    for (const id of ids) expect(await scene.ended(after, id)).toMatchObject({ status: 'COMPLETED' });
  });

  it('has its own new sagas left alone by its first sweep', async () => {
    const process = scene.start();
    let swept = false;
    process.connection.afterClaim = () => {
      swept = true;
    };
    const running = ['1', '2', '3'].map((id) => scene.run(process, id));
    await Promise.all(running);
    await scene.ended(process, '3');
    expect(swept).toBe(true);
    expect(process.sender.sent).toHaveLength(12);
  });

  it('sweeps as soon as the journal is there, if it was not', async () => {
    const before = scene.start({ fault: first('flight.book', 'replyLost') });
    await scene.run(before, '1');
    before.kill();
    const after = scene.start({ away: true });
    await scene.clock.advance(3_000);
    expect(after.runtime.hasSwept()).toBe(false);
    expect(after.lines.filter((line) => line.startsWith('warn'))).toHaveLength(1);
    after.connection.away = false;
    await scene.clock.advance(300);
    expect(after.sender.names[0]).toBe('flight.book 2');
  });
});

describe('a process that is suspended while another takes its saga over', () => {
  it('loses when it goes on, and does nothing twice', async () => {
    const [one, other] = [
      scene.start({ fault: first('hotel.book', { replyAfterMs: 20 }) }),
      scene.start({ owner: 'b' }),
    ];
    await scene.run(one, '1');
    await scene.clock.until(() => one.sender.names.includes('hotel.book'));
    one.suspend();
    await scene.clock.until(() => other.sender.names.includes('hotel.book 2'));
    one.resume();
    expect(await scene.ended(other, '1')).toMatchObject({ status: 'COMPLETED' });
    await scene.clock.advance(60_000);
    expect(one.sender.names).toEqual(['flight.book', 'hotel.book']);
    expect([one.runtime.activeCount, other.runtime.activeCount]).toEqual([0, 0]);
    await scene.isSound('1');
  });

  it('keeps what nobody took over', async () => {
    const one = scene.start();
    await scene.run(one, '1');
    one.suspend();
    await scene.clock.advance(60_000);
    one.resume();
    expect(await scene.ended(one, '1')).toMatchObject({ status: 'COMPLETED' });
    await scene.isSound('1');
  });
});

describe('on the way to the participants', () => {
  it.each<[string, Fault, string]>([
    ['a lost command', 'commandLost', 'hotel.book 2'],
    ['a lost reply', 'replyLost', 'hotel.book 2'],
    ['a failure', 'failed', 'hotel.book 2'],
    ['a failure that did the work', 'doneButFailed', 'hotel.book 2'],
    ['a connection that is gone', 'notConnected', 'hotel.book 2'],
    ['a reply after the timeout', { replyAfterMs: 5_100 }, 'hotel.book 2'],
  ])('%s leads to another attempt, once', async (_, fault, again) => {
    const process = scene.start({ fault: first('hotel.book', fault) });
    await scene.run(process, '1');
    expect(await scene.ended(process, '1')).toMatchObject({ status: 'COMPLETED' });
    expect(process.sender.names).toEqual(['flight.book', 'hotel.book', again, 'card.charge', 'ticket.issue']);
    await scene.isSound('1');
  });

  it.each<[string, Fault]>([
    ['a reply that comes twice', 'replyTwice'],
    ['a slow reply', { replyAfterMs: 4_900 }],
  ])('%s changes nothing', async (_, fault) => {
    const process = scene.start({ fault: first('hotel.book', fault) });
    await scene.run(process, '1');
    expect(await scene.ended(process, '1')).toMatchObject({ status: 'COMPLETED' });
    expect(process.sender.sent).toHaveLength(4);
    await scene.isSound('1');
  });

  it('a late reply is journaled as ignored; after the end only logged', async () => {
    const process = scene.start({ fault: first('hotel.book', 'replyTwice') });
    await scene.run(process, '1');
    await scene.ended(process, '1');
    expect(await scene.count('1', 'LATE_REPLY_IGNORED')).toBe(1);
    const last = scene.start({ owner: 'b', fault: first('ticket.issue', 'replyTwice') });
    await scene.run(last, '2');
    await scene.ended(last, '2');
    await scene.clock.advance(100);
    expect(await scene.count('2', 'LATE_REPLY_IGNORED')).toBe(0);
    expect(last.lines.some((line) => line.includes('late reply'))).toBe(true);
  });

  it('answers to nothing that was asked are logged', async () => {
    const process = scene.start();
    for (const id of ['', 'nonsense', '1:bookHotel:do:1', '1:bookHotel:redo:1'])
      process.sender.answer(id, { outcome: 'done', data: {} });
    expect(process.lines).toHaveLength(4);
  });
});

describe('while the journal is away', () => {
  it('writes are tried again, and go on where they were', async () => {
    const process = scene.start();
    await scene.run(process, '1');
    process.connection.away = true;
    await scene.clock.advance(4_000);
    expect(process.sender.names).toEqual(['flight.book']);
    process.connection.away = false;
    expect(await scene.ended(process, '1')).toMatchObject({ status: 'COMPLETED' });
    expect(process.sender.sent).toHaveLength(4);
    await scene.isSound('1');
  });

  it('for minutes, sagas wait; none is lost', async () => {
    const process = scene.start();
    const ids = Array.from({ length: 20 }, (_, index) => String(index));
    for (const id of ids) await scene.run(process, id);
    process.connection.away = true;
    await scene.clock.advance(300_000);
    process.connection.away = false;
    for (const id of ids) expect(await scene.ended(process, id)).toMatchObject({ status: 'COMPLETED' });
    for (const id of ids) await scene.isSound(id);
  });

  it.each([6_000, 300_000])('for %i ms, the time does not count against the steps', async (awayMs) => {
    const process = scene.start({ fault: () => ({ replyAfterMs: 100 }) });
    await scene.run(process, '1');
    process.connection.away = true;
    await scene.clock.advance(awayMs);
    process.connection.away = false;
    await scene.ended(process, '1');
    expect(process.sender.sent).toHaveLength(4);
    expect(await scene.count('1', 'STEP_TIMED_OUT')).toBe(0);
  });

  it('a commit that takes long does not count against the step either', async () => {
    const process = scene.start({ fault: () => ({ replyAfterMs: 300 }) });
    await scene.run(process, '1');
    let slow = true;
    process.connection.beforeWrite = () => {
      if (!slow) return;
      slow = false;
      return new Promise((resolve) => scene.clock.after(4_900, resolve));
    };
    await scene.ended(process, '1');
    expect(slow).toBe(false);
    expect(process.sender.sent).toHaveLength(4);
    expect(await scene.count('1', 'STEP_TIMED_OUT')).toBe(0);
  });

  it('a retry whose time was journaled before is not put off by that time', async () => {
    const slow = tripSaga({ retry: { initialDelayMs: 20_000, jitter: 'none' } });
    const process = scene.start({ definitions: [slow], fault: first('flight.book', 'failed') });
    let cut = false;
    process.connection.beforeWrite = (round) => {
      if (cut || !round.some(({ logs }) => logs.some(({ event }) => event === 'STEP_FAILED'))) return;
      cut = true;
      process.connection.losesAnswers = true;
      scene.clock.after(1, () => Object.assign(process.connection, { away: true, losesAnswers: false }));
    };
    await scene.run(process, '1', slow);
    await scene.clock.advance(10_000);
    process.connection.away = false;
    await scene.clock.advance(10_500);
    expect(process.sender.names.slice(0, 2)).toEqual(['flight.book', 'flight.book 2']);
  });

  it.each(STEPS)('a write that was kept although it reported an error is not done twice: %s', async (step) => {
    let lose = true;
    const process = scene.start();
    process.connection.beforeWrite = (round) => {
      process.connection.losesAnswers =
        lose && round.some(({ logs }) => logs.some((log) => log.step === step && log.event === 'STEP_COMPLETED'));
      if (process.connection.losesAnswers) lose = false;
    };
    await scene.run(process, '1');
    expect(await scene.ended(process, '1')).toMatchObject({ status: 'COMPLETED' });
    expect(lose).toBe(false);
    expect(await scene.count('1', 'STEP_COMPLETED')).toBe(4);
    await scene.isSound('1');
  });
});

describe('a saga that this process cannot go on with', () => {
  const anything: Schema = { '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) } };
  const loose = {
    ...TRIP,
    steps: TRIP.steps.map((step) =>
      step.kind === 'command' ? { ...step, command: { ...step.command, reply: anything } as CommandContract } : step,
    ),
  };

  it('because a reply cannot be journaled, is taken back, and touches no other', async () => {
    scene.world.replies.set('hotel.book', { room: 1n });
    const process = scene.start({ definitions: [loose, { ...TRIP, type: 'other' }] });
    await scene.run(process, '1', loose as typeof TRIP);
    const failure = { code: 'UNRECORDABLE_REPLY' };
    expect(await scene.ended(process, '1')).toMatchObject({ status: 'COMPENSATED', failure });
    await scene.isSound('1');
    scene.world.replies.clear();
    await scene.run(process, '2', loose as typeof TRIP);
    expect(await scene.ended(process, '2')).toMatchObject({ status: 'COMPLETED' });
  });

  it('because the details of a refusal cannot be journaled, is taken back without them', async () => {
    const process = scene.start({ fault: first('hotel.book', 'commandLost') });
    await scene.run(process, '1');
    await scene.clock.until(() => process.sender.names.includes('hotel.book'));
    process.sender.answer('1:bookHotel:do:1', { outcome: 'refused', code: 'NO_ROOM', message: 'no', details: 1n });
    expect(await scene.ended(process, '1')).toMatchObject({ status: 'COMPENSATED', failure: { code: 'NO_ROOM' } });
  });

  it('because its steps were changed under the same version, is left alone with an error that says so', async () => {
    const before = scene.start({ fault: () => 'commandLost' });
    await scene.run(before, '1');
    before.kill();
    const changed = { ...TRIP, steps: TRIP.steps.slice(0, 3) };
    // Its shape was not kept: it began before there were shapes.
    const register: SagaStore['register'] = async (given) => given;
    const store = new Proxy(scene.store, {
      get: (target, name) => (name === 'register' ? register : Reflect.get(target, name).bind(target)),
    });
    const after = scene.start({ definitions: [changed], store });
    await scene.clock.advance(60_000);
    expect(await scene.count('1', 'SAGA_CLAIMED')).toBe(1);
    const errors = after.lines.filter((line) => line.startsWith('error'));
    expect(errors).toHaveLength(1);
    expect(errors[0]).toContain('give changed steps another version');
    expect(after.runtime.activeCount).toBe(0);
    const right = scene.start({ owner: 'b' });
    expect(await scene.ended(right, '1')).toMatchObject({ status: 'COMPLETED' });
  });

  it('because it has no definition of its version, is not touched, and is named', async () => {
    const before = scene.start({ fault: () => 'commandLost' });
    await scene.run(before, '1');
    before.kill();
    const after = scene.start({ definitions: [{ ...TRIP, version: 2 }] });
    await scene.clock.advance(60_000);
    expect(await scene.count('1', 'SAGA_CLAIMED')).toBe(0);
    expect(await after.runtime.missingDefinitions()).toEqual([{ type: 'trip', version: 1, count: 1 }]);
  });
});
