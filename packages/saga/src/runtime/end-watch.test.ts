import { beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../testing/virtual-clock.js';
import { EndWatch } from './end-watch.js';
import { MemoryStore } from './memory-store.js';
import { type Clock, silentLog } from './ports.js';

let clock: VirtualClock;
let repeating: number;
let looks: number;
/** How long a look takes, in ms. */
let lookMs: number;
let watch: EndWatch;

beforeEach(() => {
  clock = new VirtualClock();
  [repeating, looks, lookMs] = [0, 0, 0];
  const counting: Clock = {
    now: () => clock.now(),
    after: (ms, callback) => clock.after(ms, callback),
    every: (ms, callback) => {
      const stop = clock.every(ms, callback);
      repeating++;
      return () => {
        repeating--;
        stop();
      };
    },
  };
  const store = new MemoryStore(() => clock.now());
  store.loadEnded = async () => {
    looks++;
    await new Promise<void>((resolve) => clock.after(lookMs, resolve));
    return [];
  };
  watch = new EndWatch({ store, clock: counting, log: silentLog, isHere: (sagaId) => sagaId === 'here' });
});

describe('waiting for the end of sagas elsewhere', () => {
  it('looks at them only while somebody waits, and needs no timer otherwise', async () => {
    await clock.advance(10_000);
    expect([repeating, looks]).toEqual([0, 0]);
    const waits = [watch.wait('1', 1_000), watch.wait('2', 1_000), watch.wait('2', 500)];
    expect(repeating).toBe(1);
    await clock.resolved(Promise.all(waits));
    expect([repeating, looks]).toEqual([0, 10]);
  });

  it('does not look at those that this process runs', async () => {
    await clock.resolved(watch.wait('here', 1_000));
    expect(looks).toBe(0);
  });

  it('looks less often the longer a look takes', async () => {
    lookMs = 150;
    await clock.resolved(watch.wait('1', 10_000));
    expect(looks).toBe(6);
  });
});
