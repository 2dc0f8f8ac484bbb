import { beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../testing/virtual-clock.js';
import type { Clock } from './ports.js';
import { Timetable } from './timetable.js';

interface Item {
  name: string;
  at: number | null;
}

let clock: VirtualClock;
let timers: number;
let due: string[];
let open: boolean;
let timetable: Timetable<Item>;
let begin: number;

beforeEach(() => {
  clock = new VirtualClock();
  begin = clock.now();
  [timers, due, open] = [0, [], true];
  const counting: Clock = {
    now: () => clock.now(),
    every: (ms, callback) => clock.every(ms, callback),
    after: (ms, callback) =>
      clock.after(ms, () => {
        timers++;
        callback();
      }),
  };
  timetable = new Timetable({
    clock: counting,
    timeOf: ({ at }) => at,
    onDue: ({ name }) => due.push(`${name} ${clock.now() - begin}`),
    isOpen: () => open,
  });
});

const item = (name: string, inMs: number): Item => ({ name, at: begin + inMs });

describe('a timetable', () => {
  it('says whose turn it is, in order, at most a slot late', async () => {
    for (const each of [item('c', 70_010), item('a', 100), item('b', 101)]) timetable.put(each);
    await clock.advance(80_000);
    expect(due).toEqual(['a 100', 'b 125', 'c 70025']);
  });

  it('looks at the time as it is when the turn has come', async () => {
    const [later, never, sooner] = [item('later', 100), item('never', 100), item('sooner', 5_000)];
    for (const each of [later, never, sooner]) timetable.put(each);
    later.at = begin + 1_000;
    timetable.put(later);
    never.at = null;
    sooner.at = begin + 500;
    timetable.put(sooner);
    await clock.advance(10_000);
    expect(due).toEqual(['sooner 500', 'later 1000']);
  });

  it('needs no timer while there is nothing to wait for, and one for thousands', async () => {
    await clock.advance(60_000);
    expect(timers).toBe(0);
    const items = Array.from({ length: 10_000 }, (_, index) => item(String(index), 1_000 + (index % 100)));
    for (const each of items) timetable.put(each);
    for (const each of items.slice(5_000)) timetable.drop(each);
    await clock.advance(60_000);
    expect(due).toHaveLength(5_000);
    expect(timers).toBeLessThanOrEqual(5);
  });

  it('fires once for what is months away', async () => {
    timetable.put(item('a', 90 * 86_400_000));
    await clock.advance(90 * 86_400_000 - 1);
    expect(due).toEqual([]);
    await clock.advance(1);
    expect(due).toHaveLength(1);
  });

  it('holds everything back while it is closed', async () => {
    for (const name of ['a', 'b']) timetable.put(item(name, 100));
    open = false;
    await clock.advance(60_000);
    expect(due).toEqual([]);
    open = true;
    await clock.advance(25);
    expect(due).toEqual(['a 60025', 'b 60025']);
  });

  it('is silent once it is stopped', async () => {
    timetable.put(item('a', 100));
    timetable.stop();
    timetable.put(item('b', 100));
    await clock.advance(1_000);
    expect([due, timers]).toEqual([[], 0]);
  });
});
