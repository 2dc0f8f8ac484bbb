import { beforeEach, describe, expect, it } from 'vitest';
import { Breaker, type BreakerState, FAILING_MS, FAILURES, MISSED_MS, MISSES, NOBODY_MS, PROBE_MS } from './breaker.js';

let now: number;
let changes: [BreakerState, string][];
let breaker: Breaker;
let commands: number;

beforeEach(() => {
  [now, changes, commands] = [1_000_000, [], 0];
  breaker = new Breaker({ now: () => now, onChange: (...change) => changes.push(change) });
});

/** Sends so many commands now, each of a saga of its own, and returns their ids. */
function send(count = 1, phase: 'do' | 'undo' = 'do'): string[] {
  const ids = Array.from({ length: count }, () => `command ${++commands}`);
  for (const id of ids) breaker.sent({ id, sagaId: `saga of ${id}`, phase });
  return ids;
}

/** Sends a command and has it answered at once. */
function ask({ ok, saga, phase = 'do' }: { ok: boolean; saga?: string; phase?: 'do' | 'undo' }): void {
  const id = `command ${++commands}`;
  breaker.sent({ id, sagaId: saga ?? `saga of ${id}`, phase });
  breaker.answered(id, !ok);
}

const fail = (times: number, saga?: string) => {
  for (let time = 0; time < times; time++) ask({ ok: false, ...(saga !== undefined && { saga }) });
};

function later(ms: number): void {
  now += ms;
  breaker.look();
}

/** A participant that does not answer any more. */
function silence(): string[] {
  const missed = send(MISSES);
  later(MISSED_MS);
  return missed;
}

describe('a participant that answers', () => {
  it('is asked, however slow it is below the limit', () => {
    for (let round = 0; round < 3; round++) {
      const sent = send(MISSES * 2);
      later(MISSED_MS - 1);
      for (const id of sent) breaker.answered(id, false);
    }
    expect([breaker.state, breaker.mayPass(), changes]).toEqual(['closed', true, []]);
  });

  it('may lose some commands, as long as others are answered between them', () => {
    for (let round = 0; round < 5; round++) {
      send(MISSES - 1);
      later(MISSED_MS);
      breaker.answered(send()[0] ?? '', false);
    }
    expect(breaker.state).toBe('closed');
  });

  it('is not blamed for the broker: what was lost on the way is not missed', () => {
    for (const id of send(MISSES)) breaker.forgotten(id);
    later(MISSED_MS);
    expect(breaker.state).toBe('closed');
  });

  it('is known by its own commands', () => {
    expect(breaker.answered('somebody else’s', false)).toBe(false);
    expect(breaker.answered(send()[0] ?? '', false)).toBe(true);
  });
});

describe('a participant that does not answer', () => {
  it('is away once enough commands in a row were missed', () => {
    send(MISSES - 1);
    later(MISSED_MS);
    expect(breaker.state).toBe('closed');
    send();
    later(MISSED_MS);
    expect([breaker.state, breaker.mayPass()]).toEqual(['open', false]);
    expect(changes).toEqual([['open', '5 commands in a row were not answered within 4000 ms']]);
  });

  it('is tried with one checkout now and then', () => {
    silence();
    later(PROBE_MS - 1);
    expect(breaker.mayPass()).toBe(false);
    later(1);
    expect(breaker.mayPass()).toBe(true);
    breaker.pass();
    breaker.look();
    expect([breaker.state, breaker.mayPass()]).toEqual(['half-open', false]);
    later(PROBE_MS);
    expect(breaker.mayPass()).toBe(true);
  });

  it('is back when that one is answered', () => {
    silence();
    later(PROBE_MS);
    breaker.pass();
    breaker.answered(send()[0] ?? '', false);
    expect([breaker.state, breaker.mayPass()]).toEqual(['closed', true]);
    send(MISSES - 1);
    later(MISSED_MS);
    expect(breaker.state).toBe('closed');
  });

  it('is away again when that one is missed, too', () => {
    silence();
    later(PROBE_MS);
    breaker.pass();
    send();
    later(MISSED_MS);
    expect(breaker.state).toBe('open');
  });

  it('is back when a saga under way gets its answer, also a late one', () => {
    const [late = ''] = silence();
    expect(breaker.answered(late, false)).toBe(true);
    expect(breaker.state).toBe('closed');
  });

  it('is back when a compensation is answered', () => {
    silence();
    ask({ ok: true, phase: 'undo' });
    expect(breaker.state).toBe('closed');
  });

  it('is not back when all that it says is that it failed', () => {
    silence();
    fail(1);
    expect([breaker.state, breaker.mayPass()]).toEqual(['open', false]);
    later(PROBE_MS);
    breaker.pass();
    fail(1);
    expect([breaker.state, breaker.mayPass()]).toEqual(['open', false]);
    ask({ ok: true });
    expect(breaker.state).toBe('closed');
  });
});

describe('a participant that answers that it failed', () => {
  /** For so long that it counts. */
  const failLastingly = () => {
    fail(FAILURES - 1);
    later(FAILING_MS);
    fail(1);
  };

  it('is away once it has failed for enough sagas in a row, for long enough', () => {
    fail(FAILURES - 1);
    later(FAILING_MS);
    expect(breaker.state).toBe('closed');
    fail(1);
    expect([breaker.state, breaker.mayPass()]).toEqual(['open', false]);
    expect(changes).toEqual([['open', 'the commands of 5 sagas in a row failed, for 1000 ms or longer']]);
  });

  it('is there as long as it is but one round that failed, or a moment without its database', () => {
    fail(FAILURES * 50);
    later(FAILING_MS - 1);
    fail(FAILURES * 50);
    expect(breaker.state).toBe('closed');
  });

  it('is not judged by one poisoned saga, however often that is tried', () => {
    for (let round = 0; round < 5; round++) {
      fail(FAILURES * 2, 'poisoned');
      later(FAILING_MS);
    }
    expect(breaker.state).toBe('closed');
  });

  it('may fail for many, as long as an action succeeds between them', () => {
    for (let round = 0; round < 5; round++) {
      fail(FAILURES - 1);
      later(FAILING_MS);
      ask({ ok: true });
    }
    expect(breaker.state).toBe('closed');
  });

  it('is not there for what it takes back: what was never charged is refunded without the provider', () => {
    fail(FAILURES - 1);
    ask({ ok: true, phase: 'undo' });
    later(FAILING_MS);
    fail(1);
    expect(breaker.state).toBe('open');
    ask({ ok: true, phase: 'undo' });
    expect(breaker.state).toBe('open');
  });

  it('is not away for compensations that fail', () => {
    for (let round = 0; round < 5; round++) {
      for (const id of send(FAILURES, 'undo')) breaker.answered(id, true);
      later(FAILING_MS);
    }
    expect(breaker.state).toBe('closed');
  });

  it('is tried with one checkout now and then, and is back when that succeeds', () => {
    failLastingly();
    later(PROBE_MS);
    expect(breaker.mayPass()).toBe(true);
    breaker.pass();
    fail(1);
    expect([breaker.state, breaker.mayPass()]).toEqual(['open', false]);
    later(PROBE_MS);
    breaker.pass();
    expect(breaker.state).toBe('half-open');
    ask({ ok: true });
    expect([breaker.state, breaker.mayPass()]).toEqual(['closed', true]);
    fail(FAILURES - 1);
    later(FAILING_MS);
    expect(breaker.state).toBe('closed');
  });

  it('is away, too, when it fails later than an answer is waited for', () => {
    const late = silence();
    for (const id of late) breaker.answered(id, true);
    expect(breaker.state).toBe('open');
    later(FAILING_MS);
    fail(1);
    ask({ ok: true, phase: 'undo' });
    expect(breaker.state).toBe('open');
  });

  it('and then is gone altogether: it is back when its queue is consumed again', () => {
    failLastingly();
    breaker.consumers(0);
    later(NOBODY_MS);
    breaker.consumers(0);
    expect([breaker.state, breaker.isDeserted]).toEqual(['open', true]);
    breaker.consumers(1);
    expect(breaker.state).toBe('closed');
  });
});

describe('a participant whose queue nobody consumes', () => {
  const deserted = () => {
    breaker.consumers(0);
    now += NOBODY_MS;
    breaker.consumers(0);
  };

  it('is waited for as long as a restart takes', () => {
    breaker.consumers(0);
    now += NOBODY_MS - 1;
    breaker.consumers(0);
    expect(breaker.state).toBe('closed');
    breaker.consumers(1);
    now += NOBODY_MS;
    breaker.consumers(0);
    expect([breaker.state, changes]).toEqual(['closed', []]);
  });

  it('is away then, and no checkout is spent to find out', () => {
    deserted();
    later(PROBE_MS * 10);
    expect([breaker.state, breaker.isDeserted, breaker.mayPass()]).toEqual(['open', true, false]);
    expect(changes).toEqual([['open', 'nobody consumes its queue']]);
  });

  it('is back when somebody consumes it again', () => {
    deserted();
    breaker.consumers(1);
    expect([breaker.state, breaker.isDeserted, breaker.mayPass()]).toEqual(['closed', false, true]);
  });

  it('is back then, also if it had stopped to answer before', () => {
    silence();
    deserted();
    breaker.consumers(1);
    expect(breaker.state).toBe('closed');
  });

  it('is not known to be away while the broker cannot be asked', () => {
    deserted();
    breaker.consumers(undefined);
    expect(breaker.state).toBe('closed');
  });

  it('is away at once if there is no queue', () => {
    breaker.unroutable(send()[0] ?? '');
    expect([breaker.state, changes]).toEqual(['open', [['open', 'no queue takes its commands']]]);
    breaker.consumers(1);
    expect(breaker.state).toBe('closed');
  });

  it('is not the one whose commands were unroutable elsewhere', () => {
    breaker.unroutable('somebody else’s');
    expect(breaker.state).toBe('closed');
  });
});
