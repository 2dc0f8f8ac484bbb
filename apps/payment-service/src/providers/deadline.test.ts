import { describe, expect, it } from 'vitest';
import { DeadlineError, withDeadline } from './deadline.js';
import { realWait, type Wait } from './wait.js';

/** A wait that lasts until the test says so, or until it is given up. */
function manualWait() {
  const { promise, resolve } = Promise.withResolvers<void>();
  let givenUp = false;
  const wait: Wait = (_delayMs, signal) => {
    signal.addEventListener('abort', () => {
      givenUp = true;
    });
    return promise;
  };
  return { wait, pass: resolve, isGivenUp: () => givenUp };
}

describe('withDeadline', () => {
  it('answers with what the work answers, and stops the clock', async () => {
    const { wait, isGivenUp } = manualWait();
    expect(await withDeadline(1000, async () => 'done', wait)).toBe('done');
    expect(isGivenUp()).toBe(true);
  });

  it('rejects when the time is up, and asks the work to stop', async () => {
    const { wait, pass } = manualWait();
    let aborted = false;
    const work = (signal: AbortSignal) =>
      new Promise<never>(() => {
        signal.addEventListener('abort', () => {
          aborted = true;
        });
      });
    const answer = withDeadline(1000, work, wait);
    pass();
    await expect(answer).rejects.toBeInstanceOf(DeadlineError);
    expect(aborted).toBe(true);
  });

  it("rejects with the work's own error", async () => {
    const { wait } = manualWait();
    const broken = withDeadline(1000, async () => Promise.reject(new Error('no route')), wait);
    await expect(broken).rejects.toThrow('no route');
  });
});

describe('realWait', () => {
  it('ends when the time has passed', async () => {
    await realWait(1, new AbortController().signal);
  });

  it.each([10_000, Number.POSITIVE_INFINITY])('ends with the signal: %d ms', async (delayMs) => {
    const stop = new AbortController();
    const waiting = realWait(delayMs, stop.signal);
    stop.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    await expect(realWait(delayMs, stop.signal)).rejects.toThrow('enough');
  });
});
