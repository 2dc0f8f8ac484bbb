import { beforeEach, describe, expect, it } from 'vitest';
import { defineSaga } from '../core/builder.js';
import type { LocalContext } from '../core/definition.js';
import { Scene } from '../testing/scene.fixture.js';
import { flight, tripInput } from '../testing/trip.fixture.js';

let scene: Scene;
/** What the functions were called with. */
let calls: string[];
/** What the function does; it may take its time. */
let act: (context: LocalContext) => unknown;
/** The same for the second one, which has more time. */
let staple: () => unknown;

beforeEach(() => {
  scene = new Scene();
  calls = [];
  act = () => ({ paper: 'A4' });
  staple = () => ({});
});

/** A saga with a local step between two commands. */
const PRINT = defineSaga('print', { version: 1, input: tripInput, retry: { jitter: 'none' } })
  .step('bookFlight', flight.book, ({ input }) => input)
  .compensate(flight.cancel, ({ input, failure }) => ({ tripId: input.tripId, why: failure.code }))
  .local(
    'print',
    (context) => {
      calls.push(`print ${context.sagaId} ${context.attempt} ${context.replies.bookFlight.flightId}`);
      return act(context as LocalContext);
    },
    { refusals: ['NO_PAPER'], timeoutMs: 1_000 },
  )
  .compensateLocal(({ sagaId, failure }) => void calls.push(`shred ${sagaId} ${failure.code}`))
  .local('staple', ({ replies }) => {
    calls.push(`staple ${JSON.stringify(replies.print)}`);
    return staple();
  })
  .build();

const start = (options: object = {}) => scene.start({ definitions: [PRINT], ...options });
const wait = (ms: number) => new Promise<void>((resolve) => scene.clock.after(ms, resolve));
const never = () => new Promise<void>(() => {});

describe('the function of a local step', () => {
  it('is run once the journal has the step, and its result is the step’s reply', async () => {
    const process = start();
    let journaled = -1;
    act = async () => {
      journaled = await scene.count('1', 'STEP_STARTED');
      return { paper: 'A4' };
    };
    await scene.run(process, '1', PRINT);
    expect(await scene.ended(process, '1')).toMatchObject({ status: 'COMPLETED' });
    expect(calls).toEqual(['print 1 1 LH 1', 'staple {"paper":"A4"}']);
    expect(journaled).toBe(2);
    await scene.clock.advance(10_000);
    expect(process.lines).toEqual([]);
  });

  it('is not run for a write that lost', async () => {
    const [one, other] = [start({ controlTimeoutMs: 60_000 }), start({ owner: 'b' })];
    let cancelled = false;
    one.connection.beforeWrite = async (round) => {
      if (cancelled || !round.some(({ logs }) => logs.some(({ step }) => step === 'print'))) return;
      cancelled = true;
      await other.runtime.control('1', { kind: 'cancelRequested', reason: 'a test' });
    };
    await scene.run(one, '1', PRINT);
    expect(await scene.ended(one, '1')).toMatchObject({ status: 'COMPENSATED' });
    expect([cancelled, calls]).toEqual([true, []]);
  });

  it('may refuse: what was done before is taken back', async () => {
    const process = start();
    act = ({ refuse }) => refuse('NO_PAPER', 'the tray is empty');
    await scene.run(process, '1', PRINT);
    expect(await scene.ended(process, '1')).toMatchObject({ status: 'COMPENSATED', failure: { code: 'NO_PAPER' } });
    expect(process.sender.names).toEqual(['flight.book', 'flight.cancel']);
  });

  it('that throws is called again; if it never works, its own compensation runs, too', async () => {
    const process = start();
    act = () => {
      throw new Error('jam');
    };
    await scene.run(process, '1', PRINT);
    const failure = { code: 'LOCAL_STEP_FAILED' };
    expect(await scene.ended(process, '1')).toMatchObject({ status: 'COMPENSATED', failure });
    const prints = [1, 2, 3, 4].map((attempt) => `print 1 ${attempt} LH 1`);
    expect(calls).toEqual([...prints, 'shred 1 LOCAL_STEP_FAILED']);
  });

  it('that is under way when the process dies is run again elsewhere', async () => {
    const before = start();
    act = never;
    await scene.run(before, '1', PRINT);
    await scene.clock.until(() => calls.length === 1);
    before.kill();
    act = () => ({ paper: 'A3' });
    const after = start({ owner: 'b' });
    expect(await scene.ended(after, '1')).toMatchObject({ status: 'COMPLETED' });
    expect(calls).toEqual(['print 1 1 LH 1', 'print 1 2 LH 1', 'staple {"paper":"A3"}']);
  });

  it('is awaited by a process that stops, as long as it is told', async () => {
    const process = start();
    act = () => wait(700).then(() => ({ paper: 'A4' }));
    await scene.run(process, '1', PRINT);
    await scene.clock.until(() => calls.length === 1);
    await scene.clock.resolved(process.runtime.stop(10_000));
    expect(await scene.saga('1')).toMatchObject({ status: 'COMPLETED' });
  });
});

describe('a local step whose commit takes long', () => {
  it('has its full time afterwards', async () => {
    const process = start();
    act = () => wait(600).then(() => ({ paper: 'A4' }));
    let slow = true;
    process.connection.beforeWrite = (round) => {
      if (!slow || !round.some(({ logs }) => logs.some(({ step }) => step === 'print'))) return;
      slow = false;
      return wait(700);
    };
    await scene.run(process, '1', PRINT);
    expect(await scene.ended(process, '1')).toMatchObject({ status: 'COMPLETED' });
    expect(calls.filter((call) => call.startsWith('print'))).toEqual(['print 1 1 LH 1']);
    expect(process.lines.filter((line) => line.startsWith('warn'))).toEqual([]);
  });
});

describe('of many local functions', () => {
  const ids = ['1', '2', '3', '4', '5'];

  /** What the function does for 100 ms; `most` ran at the same time. */
  const busy = { now: 0, most: 0 };
  const work = async () => {
    busy.most = Math.max(busy.most, ++busy.now);
    await wait(100);
    busy.now--;
    return {};
  };
  beforeEach(() => Object.assign(busy, { now: 0, most: 0 }));

  it('only so many run at a time; the others wait for their turn', async () => {
    const process = start({ maxConcurrentCalls: 2 });
    act = work;
    for (const id of ids) await scene.run(process, id, PRINT);
    for (const id of ids) expect(await scene.ended(process, id)).toMatchObject({ status: 'COMPLETED' });
    expect(busy.most).toBe(2);
    expect(calls.filter((call) => call.startsWith('print'))).toHaveLength(5);
  });

  it('no more run at a time after one that ended too late', async () => {
    const process = start({ maxConcurrentCalls: 1 });
    act = ({ attempt }) => (attempt === 1 ? wait(1_500) : {});
    await scene.run(process, 'late', PRINT);
    await scene.ended(process, 'late');
    await scene.clock.advance(1_000);
    act = work;
    for (const id of ids) await scene.run(process, id, PRINT);
    for (const id of ids) await scene.ended(process, id);
    expect(busy.most).toBe(1);
  });

  it('those whose time has passed while they waited are left out', async () => {
    const process = start({ maxConcurrentCalls: 1 });
    act = ({ attempt }) => (attempt === 1 ? wait(900) : {});
    for (const id of ['1', '2', '3']) await scene.run(process, id, PRINT);
    for (const id of ['1', '2', '3']) await scene.ended(process, id);
    expect(calls.filter((call) => call === 'print 3 1 LH 1')).toEqual([]);
    expect((await scene.saga('3'))?.status).toBe('COMPLETED');
  });

  it('those of which a later attempt waits already are left out', async () => {
    const process = start({ maxConcurrentCalls: 1 });
    staple = () => wait(1_500);
    for (const id of ['1', '2']) await scene.run(process, id, PRINT);
    await scene.clock.until(async () => (await scene.count('2', 'STEP_RETRIED')) === 1);
    expect(calls).toHaveLength(2);
    for (const id of ['1', '2']) expect(await scene.ended(process, id)).toMatchObject({ status: 'COMPLETED' });
    expect(calls.filter((call) => call.startsWith('print'))).toEqual(['print 1 1 LH 1', 'print 2 2 LH 1']);
  });

  it('those that never end do not keep the others from running', async () => {
    const process = start({ maxConcurrentCalls: 1 });
    act = ({ sagaId, attempt }) => (sagaId === '1' && attempt === 1 ? never() : {});
    for (const id of ['1', '2']) await scene.run(process, id, PRINT);
    for (const id of ['1', '2']) expect(await scene.ended(process, id)).toMatchObject({ status: 'COMPLETED' });
    expect(process.lines.some((line) => line.includes('has not ended in time'))).toBe(true);
  });
});
