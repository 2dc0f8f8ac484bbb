import { beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../virtual-clock.js';
import { Life } from './life.js';
import { ProcessClock } from './process-clock.js';

let life: Life;
let done: string[];
const does = (what: string) => life.do(() => done.push(what));
beforeEach(() => {
  life = new Life();
  done = [];
});

describe('a process', () => {
  it('does what it does at once while it runs, and nothing once it is dead', async () => {
    does('one');
    life.kill();
    does('two');
    life.resume();
    does('three');
    await life.died;
    expect(done).toEqual(['one']);
    expect([life.runs, life.isDead]).toEqual([false, true]);
  });

  it('does in its order what it should have done while it stalled, when it goes on', async () => {
    life.stall();
    does('one');
    does('two');
    let wentOn = false;
    const waiting = life.goesOn().then(() => {
      wentOn = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect([done, wentOn]).toEqual([[], false]);
    life.resume();
    does('three');
    await waiting;
    expect(done).toEqual(['one', 'two', 'three']);
  });

  it('may stall again, or die, by what it does when it goes on', () => {
    life.stall();
    life.do(() => life.stall());
    does('one');
    life.resume();
    expect(done).toEqual([]);
    life.do(() => life.kill());
    does('two');
    life.resume();
    expect(done).toEqual(['one']);
  });
});

describe('the timers of a process', () => {
  let clock: VirtualClock;
  let own: ProcessClock;
  beforeEach(() => {
    clock = new VirtualClock({ startAt: 0 });
    own = new ProcessClock(clock, life, () => {});
  });

  it('end with it', async () => {
    own.every(10, () => done.push(`every ${clock.now()}`));
    own.after(25, () => done.push('never'));
    await clock.advance(20);
    life.kill();
    await clock.advance(20);
    expect(done).toEqual(['every 10', 'every 20']);
  });

  it('wait while it stalls; one that repeats fires once for all its times', async () => {
    own.every(10, () => done.push(`every ${clock.now()}`));
    own.after(25, () => done.push('after'));
    life.stall();
    await clock.advance(40);
    expect(done).toEqual([]);
    life.resume();
    expect(done).toEqual(['every 40', 'after']);
    await clock.advance(10);
    expect(done.at(-1)).toBe('every 50');
  });

  it('can be taken back', async () => {
    own.every(10, () => done.push('every'))();
    own.after(10, () => done.push('after'))();
    await clock.advance(100);
    expect(done).toEqual([]);
  });
});
