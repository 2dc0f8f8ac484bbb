import { beforeEach, describe, expect, it } from 'vitest';
import type { Process } from '../testing/process.fixture.js';
import { Scene } from '../testing/scene.fixture.js';

let scene: Scene;
beforeEach(() => {
  scene = new Scene();
});

const EVENTS = ['sagaStarted', 'sagaCompleted', 'sagaCompensated', 'sagaParked', 'stepRetried'] as const;

/** What a monitor hears. */
function heard({ runtime }: Process): string[] {
  const lines: string[] = [];
  for (const event of EVENTS) runtime.on(event, (...[{ sagaId }]) => void lines.push(`${event} ${sagaId}`));
  return lines;
}

describe('a monitor hears', () => {
  it('of the beginning and the end', async () => {
    const process = scene.start();
    const lines = heard(process);
    await scene.run(process, '1');
    await scene.ended(process, '1');
    scene.world.refusals.set('hotel.book', 'NO_ROOM');
    await scene.run(process, '2');
    await scene.ended(process, '2');
    expect(lines).toEqual(['sagaStarted 1', 'sagaCompleted 1', 'sagaStarted 2', 'sagaCompensated 2']);
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
    expect(lines).toEqual(['sagaStarted 1', 'sagaParked 1']);
  });

  it('not of a compensation that will be tried again', async () => {
    scene.world.refusals.set('card.charge', 'DECLINED');
    const process = scene.start({
      fault: ({ name, attempt }) => (name === 'hotel.cancel' && attempt === 1 ? 'failed' : 'none'),
    });
    const lines = heard(process);
    await scene.run(process, '1');
    await scene.ended(process, '1');
    expect(lines).toEqual(['sagaStarted 1', 'stepRetried 1', 'sagaCompensated 1']);
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
});
