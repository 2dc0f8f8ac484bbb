import { describe, expect, it } from 'vitest';
import { ConflictRetriesExhaustedError, DatabaseUnavailableError } from './errors.js';
import { MOVED, retryOnConflict } from './retry.js';

/** Runs the outcomes one after the other: an error is thrown, anything else is answered. */
async function runThrough(outcomes: readonly unknown[]) {
  const waits: number[] = [];
  let calls = 0;
  const work = async () => {
    const outcome = outcomes[Math.min(calls++, outcomes.length - 1)];
    if (outcome instanceof Error) throw outcome;
    return outcome;
  };
  const wait = async (delayMs: number) => void waits.push(delayMs);
  const result = await retryOnConflict(work, { wait, random: () => 1 }).catch((error: unknown) => error);
  return { result, calls, waits };
}

const withCode = (code: string) => Object.assign(new Error(code), { code });

describe('retryOnConflict', () => {
  it('answers what the work answers, without a pause', async () => {
    expect(await runThrough(['saved'])).toEqual({ result: 'saved', calls: 1, waits: [] });
  });

  it('starts over, a little later each time, when something moved or conflicted', async () => {
    const outcomes = [MOVED, withCode('40001'), withCode('40P01'), withCode('23505'), MOVED, 'saved'];
    expect(await runThrough(outcomes)).toEqual({ result: 'saved', calls: 6, waits: [2, 4, 8, 16, 20] });
  });

  it('gives up after eight attempts, with a code of its own and the last conflict as cause', async () => {
    const { result, calls } = await runThrough([withCode('40001')]);
    expect(calls).toBe(8);
    expect(result).toBeInstanceOf(ConflictRetriesExhaustedError);
    expect(result).toMatchObject({ code: 'CONFLICT_RETRIES_EXHAUSTED', cause: { code: '40001' } });
  });

  it('does not repeat what is no conflict', async () => {
    const { result, calls } = await runThrough([withCode('22003'), 'never']);
    expect({ result, calls }).toMatchObject({ result: { code: '22003' }, calls: 1 });
  });

  it('says that the database is unavailable when the connection is lost', async () => {
    const { result, calls } = await runThrough([withCode('57P01'), 'never']);
    expect(result).toBeInstanceOf(DatabaseUnavailableError);
    expect(calls).toBe(1);
  });

  it('keeps its pauses between 1 ms and the bound', async () => {
    const waits: number[] = [];
    const options = { random: () => 0, wait: async (delayMs: number) => void waits.push(delayMs) };
    await expect(retryOnConflict(async () => MOVED, options)).rejects.toThrow('8 times');
    expect(new Set(waits)).toEqual(new Set([1]));
  });
});
