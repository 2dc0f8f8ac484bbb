import { beforeEach, describe, expect, it } from 'vitest';
import { Breaker, type BreakerState, MISSED_MS, MISSES, NOBODY_MS, PROBE_MS } from './breaker.js';

let now: number;
let changes: [BreakerState, string][];
let breaker: Breaker;
let commands: number;

beforeEach(() => {
  [now, changes, commands] = [1_000_000, [], 0];
  breaker = new Breaker({ now: () => now, onChange: (...change) => changes.push(change) });
});

/** Sends so many commands now, and returns their ids. */
function send(count = 1): string[] {
  const ids = Array.from({ length: count }, () => `command ${++commands}`);
  for (const id of ids) breaker.sent(id);
  return ids;
}

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
      for (const id of sent) breaker.answered(id);
    }
    expect([breaker.state, breaker.mayPass(), changes]).toEqual(['closed', true, []]);
  });

  it('may lose some commands, as long as others are answered between them', () => {
    for (let round = 0; round < 5; round++) {
      send(MISSES - 1);
      later(MISSED_MS);
      breaker.answered(send()[0] ?? '');
    }
    expect(breaker.state).toBe('closed');
  });

  it('is not blamed for the broker: what was lost on the way is not missed', () => {
    for (const id of send(MISSES)) breaker.forgotten(id);
    later(MISSED_MS);
    expect(breaker.state).toBe('closed');
  });

  it('is known by its own commands', () => {
    expect(breaker.answered('somebody else’s')).toBe(false);
    expect(breaker.answered(send()[0] ?? '')).toBe(true);
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
    expect([breaker.state, breaker.mayPass()]).toEqual(['half-open', false]);
    later(PROBE_MS);
    expect(breaker.mayPass()).toBe(true);
  });

  it('is back when that one is answered', () => {
    silence();
    later(PROBE_MS);
    breaker.pass();
    breaker.answered(send()[0] ?? '');
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
    expect(breaker.answered(late)).toBe(true);
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
