import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineSaga } from '../core/builder.js';
import type { SagaDefinition } from '../core/definition.js';
import type { Process } from '../testing/process.fixture.js';
import { Scene } from '../testing/scene.fixture.js';
import { flight, hotel, tripInput, tripSaga } from '../testing/trip.fixture.js';
import type { Fault } from '../testing/world.fixture.js';
import type { SagaEvents } from './events.js';

let scene: Scene;
beforeEach(() => {
  scene = new Scene();
});

const OF_SAGAS = [
  'sagaStarted',
  'sagaCompleted',
  'sagaCompensated',
  'sagaCompensating',
  'sagaParked',
  'sagaTimedOut',
  'sagaWaiting',
  'sagaPaused',
  'sagaResumed',
  'sagaCancelRequested',
  'sagaRecovered',
] as const;
const OF_STEPS = [
  'stepStarted',
  'stepCompleted',
  'stepRefused',
  'stepFailed',
  'stepRetried',
  'stepSkipped',
  'stepCompensated',
] as const;

/** What a monitor hears. */
function heard({ runtime }: Process, events: readonly (keyof SagaEvents)[] = OF_SAGAS): string[] {
  const lines: string[] = [];
  for (const event of events)
    runtime.on(event, ({ sagaId }, entry) => void lines.push(`${event} ${entry?.step ?? sagaId}`));
  return lines;
}

const paid = { name: 'paid', payload: z.object({}) } as const;
const DEPOSIT = defineSaga('deposit', { version: 1, input: tripInput })
  .step('bookFlight', flight.book, ({ input }) => input, { when: ({ input }) => input.seats > 2 })
  .waitFor('awaitMoney', paid, { timeoutMs: 5_000, onTimeout: 'continue' })
  .step('bookHotel', hotel.book, ({ input }) => ({ tripId: input.tripId, beds: input.seats }))
  .build();

const first =
  (wanted: string, fault: Fault) =>
  ({ name, attempt }: { name: string; attempt: number }): Fault =>
    name === wanted && attempt === 1 ? fault : 'none';

describe('a monitor hears', () => {
  it('of the beginning and the end', async () => {
    const process = scene.start();
    const lines = heard(process);
    await scene.run(process, '1');
    await scene.ended(process, '1');
    scene.world.refusals.set('hotel.book', 'NO_ROOM');
    await scene.run(process, '2');
    await scene.ended(process, '2');
    const second = ['sagaStarted 2', 'sagaCompensating bookFlight', 'sagaCompensated 2'];
    expect(lines).toEqual(['sagaStarted 1', 'sagaCompleted 1', ...second]);
  });

  it('of each step', async () => {
    scene.world.refusals.set('card.charge', 'DECLINED');
    const process = scene.start({ fault: first('hotel.book', 'failed') });
    const lines = heard(process, OF_STEPS);
    await scene.run(process, '1');
    await scene.ended(process, '1');
    expect(lines).toEqual([
      'stepStarted bookFlight',
      'stepCompleted bookFlight',
      'stepStarted bookHotel',
      'stepRetried bookHotel',
      'stepCompleted bookHotel',
      'stepStarted chargeCard',
      'stepRefused chargeCard',
      'stepCompensated bookHotel',
      'stepCompensated bookFlight',
    ]);
  });

  it('of what is given up', async () => {
    const process = scene.start({ fault: () => 'failed' });
    const lines = heard(process, ['stepFailed']);
    await scene.run(process, '1');
    await scene.clock.advance(10_000);
    expect(lines).toEqual(['stepFailed bookFlight']);
  });

  it('of what is skipped and what is waited for', async () => {
    const process = scene.start({ definitions: [DEPOSIT] });
    const lines = heard(process, ['stepSkipped', 'sagaWaiting']);
    await scene.run(process, '1', DEPOSIT);
    await scene.clock.advance(6_000);
    expect(lines).toEqual(['stepSkipped bookFlight', 'sagaWaiting awaitMoney', 'stepSkipped awaitMoney']);
  });

  it('of what people do', async () => {
    const process = scene.start({ fault: () => ({ replyAfterMs: 100 }) });
    const lines = heard(process);
    await scene.run(process, '1');
    for (const kind of ['pause', 'resume'] as const)
      await scene.clock.resolved(process.runtime.control('1', { kind, by: 'ada' }));
    await scene.clock.resolved(process.runtime.control('1', { kind: 'cancelRequested', reason: 'no' }));
    await scene.ended(process, '1');
    expect(lines).toEqual([
      'sagaStarted 1',
      'sagaPaused 1',
      'sagaResumed 1',
      'sagaCancelRequested 1',
      'sagaCompensating bookFlight',
      'sagaCompensated 1',
    ]);
  });

  it('that compensation begins when a saga is resumed that was cancelled while it was paused', async () => {
    const process = scene.start({ fault: () => ({ replyAfterMs: 100 }) });
    const lines = heard(process, ['sagaCompensating']);
    await scene.run(process, '1');
    await scene.clock.resolved(process.runtime.control('1', { kind: 'pause' }));
    await scene.clock.advance(1_000);
    await scene.clock.resolved(process.runtime.control('1', { kind: 'cancelRequested', reason: 'no' }));
    expect(lines).toEqual([]);
    await scene.clock.resolved(process.runtime.control('1', { kind: 'resume' }));
    await scene.ended(process, '1');
    expect(lines).toEqual(['sagaCompensating bookFlight']);
  });

  it('not that compensation begins when only a failed attempt is taken back', async () => {
    const again = defineSaga('again', { version: 1, input: tripInput })
      .step('bookFlight', flight.book, ({ input }) => input)
      .compensate(flight.cancel, ({ input }) => ({ tripId: input.tripId, why: 'again' }), { strategy: 'immediate' })
      .build();
    const process = scene.start({ definitions: [again], fault: first('flight.book', 'failed') });
    const lines = heard(process, ['sagaCompensating', 'stepCompensated']);
    await scene.run(process, '1', again);
    await scene.clock.until(() => process.sender.names.includes('flight.book 2'));
    expect(lines).toEqual(['stepCompensated bookFlight']);
  });

  it('of the saga’s own timeout', async () => {
    const hasty = tripSaga({ timeoutMs: 1_000 }) as SagaDefinition;
    const process = scene.start({ definitions: [hasty], fault: () => ({ replyAfterMs: 700 }) });
    const lines = heard(process);
    await scene.run(process, '1', hasty);
    await scene.ended(process, '1');
    expect(lines.slice(1)).toEqual(['sagaTimedOut 1', 'sagaCompensating bookHotel', 'sagaCompensated 1']);
    expect(process.runtime.statistics().definitions[0]).toMatchObject({ timedOut: 1, compensated: 1 });
  });

  it('of what the process takes over', async () => {
    const before = scene.start({ fault: first('hotel.book', 'replyLost') });
    await scene.run(before, '1');
    await scene.clock.advance(100);
    before.kill();
    const after = scene.start();
    const lines = heard(after);
    expect(await scene.ended(after, '1')).toMatchObject({ status: 'COMPLETED' });
    expect(lines).toEqual(['sagaRecovered 1', 'sagaCompleted 1']);
  });

  it('of each retry, with its entry', async () => {
    const process = scene.start({
      fault: ({ name, attempt }) => (name === 'hotel.book' && attempt < 3 ? 'failed' : 'none'),
    });
    const retried: unknown[] = [];
    process.runtime.on('stepRetried', (_, { step, attempt }) => retried.push([step, attempt]));
    await scene.run(process, '1');
    await scene.ended(process, '1');
    expect(retried).toEqual([
      ['bookHotel', 2],
      ['bookHotel', 3],
    ]);
  });

  it('once of a saga that parks, also if a late reply comes afterwards', async () => {
    scene.world.refusals.set('card.charge', 'DECLINED').set('hotel.cancel', 'TOO_LATE');
    const process = scene.start();
    const lines = heard(process);
    let late = true;
    process.connection.beforeWrite = (round) => {
      if (!late || !round.some(({ saga }) => saga.status === 'COMPENSATION_FAILED')) return;
      late = false;
      process.sender.answer('1:bookHotel:do:1', { outcome: 'done', data: { room: '1' } });
    };
    await scene.run(process, '1');
    await scene.clock.advance(1_000);
    expect(late).toBe(false);
    expect(await scene.count('1', 'LATE_REPLY_IGNORED')).toBe(1);
    expect(lines).toEqual(['sagaStarted 1', 'sagaCompensating bookHotel', 'sagaParked bookHotel']);
    scene.world.refusals.delete('hotel.cancel');
    await scene.clock.resolved(process.runtime.control('1', { kind: 'retry' }));
    await scene.ended(process, '1');
    expect(lines.slice(3)).toEqual(['sagaCompensated 1']);
  });

  it('not of a compensation that will be tried again', async () => {
    scene.world.refusals.set('card.charge', 'DECLINED');
    const process = scene.start({ fault: first('hotel.cancel', 'failed') });
    const lines = heard(process, ['sagaParked', 'stepRetried', 'sagaCompensated']);
    await scene.run(process, '1');
    await scene.ended(process, '1');
    expect(lines).toEqual(['stepRetried bookHotel', 'sagaCompensated 1']);
  });

  it('what the journal has, and nothing that it has not', async () => {
    const process = scene.start();
    const kept: boolean[] = [];
    const asked: Promise<void>[] = [];
    process.runtime.on('stepCompleted', ({ sagaId }, { seq }) => {
      asked.push(scene.store.logs(sagaId).then((logs) => void kept.push(logs.length >= seq)));
    });
    await scene.run(process, '1');
    process.connection.away = ['write'];
    await scene.clock.advance(1_000);
    expect(asked).toEqual([]);
    process.connection.away = false;
    await scene.ended(process, '1');
    await Promise.all(asked);
    expect(kept).toEqual([true, true, true, true]);
  });

  it('although another listener throws; the saga goes on', async () => {
    const process = scene.start();
    process.runtime.on('sagaStarted', () => {
      throw new Error('a bug in a monitor');
    });
    const lines = heard(process);
    await scene.run(process, '1');
    expect(await scene.ended(process, '1')).toMatchObject({ status: 'COMPLETED' });
    expect(lines).toEqual(['sagaStarted 1', 'sagaCompleted 1']);
    expect(process.lines).toContain('error a listener of saga events threw Error: a bug in a monitor');
  });

  it('no more once it does not listen any more, while others do', async () => {
    const process = scene.start();
    const times: string[] = [];
    const listener = () => void times.push('told');
    const [stop] = [process.runtime.on('sagaStarted', listener), process.runtime.on('sagaStarted', listener)];
    stop();
    stop();
    await scene.run(process, '1');
    expect(times).toEqual(['told']);
  });
});
