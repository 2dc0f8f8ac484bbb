import { beforeEach, describe, expect, it } from 'vitest';
import { TRIP } from '../testing/process.fixture.js';
import { Scene } from '../testing/scene.fixture.js';
import { Histogram } from './histogram.js';
import { Rate } from './rate.js';

let scene: Scene;
beforeEach(() => {
  scene = new Scene();
});

describe('statistics tell', () => {
  it('by definition, what became of the sagas', async () => {
    const process = scene.start({ definitions: [TRIP, { ...TRIP, version: 2 }] });
    for (const id of ['1', '2']) await scene.run(process, id);
    for (const id of ['1', '2']) await scene.ended(process, id);
    scene.world.refusals.set('card.charge', 'DECLINED').set('hotel.cancel', 'TOO_LATE');
    await scene.run(process, '3');
    await scene.clock.advance(1_000);
    scene.world.refusals.set('flight.book', 'SOLD_OUT');
    await scene.run(process, '4');
    await scene.ended(process, '4');
    process.sender.connected = false;
    await scene.run(process, '5');
    const { since, definitions } = process.runtime.statistics();
    expect(scene.clock.now() - since).toBeGreaterThan(1_000);
    expect(definitions.map(({ version, started, active }) => [version, started, active])).toEqual([
      [1, 5, 1],
      [2, 0, 0],
    ]);
    expect(definitions[0]).toMatchObject({ type: 'trip', completed: 2, compensated: 1, parked: 1, timedOut: 0 });
    expect(definitions[1]).not.toHaveProperty('durations');
  });

  it('by step, what became of it', async () => {
    scene.world.refusals.set('card.charge', 'DECLINED');
    const process = scene.start({
      fault: ({ name, attempt }) => {
        if (name === 'hotel.book' && attempt < 3) return 'failed';
        return name === 'hotel.cancel' && attempt < 2 ? 'failed' : 'none';
      },
    });
    await scene.run(process, '1');
    await scene.ended(process, '1');
    const none = { started: 0, completed: 0, refused: 0, failed: 0, retried: 0, skipped: 0, compensated: 0 };
    const { steps = {} } = process.runtime.statistics().definitions[0] ?? {};
    expect(steps.bookFlight).toMatchObject({ ...none, started: 1, completed: 1, compensated: 1 });
    const hotel = { ...none, started: 1, completed: 1, retried: 3, compensated: 1, compensationFailures: 1 };
    expect(steps.bookHotel).toMatchObject(hotel);
    expect(steps.chargeCard).toMatchObject({ ...none, started: 1, refused: 1 });
    expect(steps.issueTicket).toEqual({ ...none, compensationFailures: 0 });
    expect(steps.bookHotel?.durations?.maxMs).toBeGreaterThan(steps.bookFlight?.durations?.maxMs ?? 0);
  });

  it('how long sagas took, and how many there were per second of the last minute', async () => {
    const process = scene.start({ fault: () => ({ replyAfterMs: 250 }) });
    for (const id of ['1', '2', '3']) {
      await scene.run(process, id);
      await scene.ended(process, id);
    }
    const [first] = process.runtime.statistics().definitions;
    expect(first?.durations).toMatchObject({ p50Ms: 1_004, maxMs: 1_004 });
    expect([first?.startedPerSecond, first?.endedPerSecond]).toEqual([1, 1].map(() => expect.closeTo(1, 1)));
    await scene.clock.advance(120_000);
    expect(process.runtime.statistics().definitions[0]).toMatchObject({ endedPerSecond: 0, completed: 3 });
  });
});

describe('a histogram', () => {
  it('is at most a sixteenth off, from a millisecond to weeks', () => {
    for (const value of [0, 1, 15, 16, 17, 999, 5_000, 86_400_000, 2 ** 31 - 1]) {
      const histogram = new Histogram();
      for (const each of [value, 2 ** 31 - 1]) histogram.record(each);
      const { p50Ms = -1 } = histogram.summary().durations ?? {};
      expect(p50Ms).toBeGreaterThanOrEqual(value);
      expect(p50Ms).toBeLessThanOrEqual(value * (1 + 1 / 16));
    }
  });

  it('tells quantiles', () => {
    const histogram = new Histogram();
    for (let ms = 1; ms <= 1_000; ms++) histogram.record(ms);
    const near = (value: number) => expect.closeTo(value, -Math.log10(value / 8));
    const durations = { p50Ms: near(500), p95Ms: near(950), p99Ms: near(990), maxMs: 1_000 };
    expect(histogram.summary()).toEqual({ durations });
  });

  it('tells nothing of nothing, and bears what no clock should give', () => {
    const histogram = new Histogram();
    expect(histogram.summary()).toEqual({});
    for (const ms of [-5, 0.4, 2 ** 40]) histogram.record(ms);
    expect(histogram.summary().durations).toMatchObject({ p50Ms: 0, maxMs: 2 ** 40 });
  });
});

describe('a rate', () => {
  it('is that of the last minute, and at first of the time since the beginning', () => {
    const rate = new Rate(0);
    for (let ms = 0; ms < 10_000; ms += 100) rate.add(ms);
    expect(rate.perSecond(10_000)).toBe(10);
    expect(rate.perSecond(60_000)).toBeCloseTo(100 / 60, 0);
    expect(rate.perSecond(64_500)).toBe(50 / 60);
    expect(rate.perSecond(1_000_000)).toBe(0);
  });
});
