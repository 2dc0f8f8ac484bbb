import type { CommandSender, Outcome, OutgoingCommand } from '@saga-checkout/saga';
import { beforeEach, describe, expect, it } from 'vitest';
import { FAILING_MS, FAILURES, MISSED_MS, MISSES, NOBODY_MS, PROBE_MS } from './breaker.js';
import { Participants } from './participants.js';

const QUEUES = { order: 'order_commands', inventory: 'inventory_commands' };

let now: number;
let lines: string[];
let asked: string[];
let participants: Participants;
let sender: CommandSender;
let answer: (id: string, outcome: Outcome) => void;
/** What the broker says of each queue; or nothing at all. */
let consumers: Record<string, number> | 'silence';

beforeEach(() => {
  [now, lines, asked, consumers] = [1_000_000, [], [], { order_commands: 1, inventory_commands: 1 }];
  const log = (level: string) => (_: object, message?: string) => void lines.push(`${level} ${message}`);
  participants = new Participants({
    queues: QUEUES,
    client: {
      consumersOf: (queue) => {
        asked.push(queue);
        return consumers === 'silence' ? new Promise(() => {}) : Promise.resolve(consumers[queue]);
      },
    },
    log: { info: log('info'), warn: log('warn') } as never,
    now: () => now,
  });
  sender = participants.hear({
    send: () => {},
    onReply: (listener) => {
      answer = listener;
    },
    isOpen: () => false,
  });
  sender.onReply(() => {});
});

const commands = (queue: string, ids: readonly string[]) =>
  sender.send(ids.map((id) => ({ id, queue, sagaId: `saga of ${id}`, phase: 'do' }) as OutgoingCommand));
const some = Array.from({ length: MISSES }, (_, number) => `${number}`);
const done: Outcome = { outcome: 'done', data: {} };
const failed = (code: string): Outcome => ({ outcome: 'failed', code, message: 'no' });
const states = () => participants.states().map(({ name, state }) => `${name} ${state}`);

async function desert(): Promise<void> {
  consumers = { order_commands: 1, inventory_commands: 0 };
  await participants.look();
  now += NOBODY_MS;
  await participants.look();
}

async function passed(): Promise<void> {
  now += MISSED_MS;
  await participants.look();
}

describe('participants', () => {
  it('who all are there let checkouts through, and the broker is not asked for it', async () => {
    expect(await participants.missing()).toBeUndefined();
    expect(asked).toEqual([]);
    expect(sender.isOpen?.()).toBe(false);
  });

  it('of whom one does not answer: it is named, the others are not blamed', async () => {
    commands('inventory_commands', some);
    commands('order_commands', ['other']);
    answer('other', done);
    await passed();
    expect(await participants.missing()).toBe('inventory');
    expect(states()).toEqual(['order closed', 'inventory open']);
    expect(lines).toEqual([
      'warn inventory is away: 5 commands in a row were not answered within 4000 ms; new checkouts are refused',
    ]);
    answer('0', done);
    expect(await participants.missing()).toBeUndefined();
    expect(lines.at(-1)).toBe('info inventory is back: it answers again');
  });

  it('of whom one does not answer: one checkout at a time finds out', async () => {
    commands('inventory_commands', some);
    await passed();
    now += PROBE_MS;
    expect([await participants.missing(), await participants.missing()]).toEqual([undefined, 'inventory']);
    expect(states()).toEqual(['order closed', 'inventory half-open']);
  });

  it('of whom two do not answer: no checkout is spent on one while the other is away', async () => {
    commands('order_commands', some);
    await passed();
    now += PROBE_MS;
    await desert();
    expect(await participants.missing()).toBe('inventory');
    expect(states()).toEqual(['order open', 'inventory open']);
  });

  /** So many that it would be enough, over a time that would be enough. */
  async function fail(code: string): Promise<void> {
    const ids = Array.from({ length: FAILURES * 2 }, (_, number) => `${code} ${number}`);
    for (const id of ids) {
      commands('order_commands', [id]);
      answer(id, failed(code));
      now += FAILING_MS;
      await participants.look();
    }
  }

  it.each(['CONNECTION_LOST', 'NOT_SERIALIZABLE', 'BROKEN_REPLY', 'DEAD_LETTERED'])(
    'are not away for a %s, which tells nothing about them',
    async (code) => {
      await fail(code);
      expect(states()).toEqual(['order closed', 'inventory closed']);
    },
  );

  it.each(['DATABASE_UNAVAILABLE', 'PROVIDER_TIMEOUT', 'INTERNAL'])(
    'are away when all they say is %s',
    async (code) => {
      await fail(code);
      expect(states()).toEqual(['order open', 'inventory closed']);
      expect(lines).toContain(
        'warn order is away: the commands of 5 sagas in a row failed, for 1000 ms or longer; new checkouts are refused',
      );
    },
  );

  it('are away when the broker takes no more commands for them', async () => {
    commands('order_commands', some);
    for (const id of some) answer(id, failed('NOT_ACCEPTED'));
    await passed();
    expect(states()).toEqual(['order open', 'inventory closed']);
  });

  it('are away at once when they have no queue', async () => {
    consumers = 'silence';
    commands('order_commands', ['a']);
    answer('a', failed('UNROUTABLE'));
    expect(await participants.missing()).toBe('order');
  });

  it('are back for the very checkout that asks, once their queue is consumed again', async () => {
    await desert();
    expect(await participants.missing()).toBe('inventory');
    consumers = { order_commands: 1, inventory_commands: 1 };
    expect(await participants.missing()).toBeUndefined();
  });

  it('are asked for once, however many checkouts want to know', async () => {
    await desert();
    asked.length = 0;
    await Promise.all(Array.from({ length: 100 }, () => participants.missing()));
    expect(asked).toHaveLength(2);
  });

  it('are not waited for when the broker does not say', async () => {
    await desert();
    consumers = 'silence';
    const begun = performance.now();
    expect(await participants.missing()).toBe('inventory');
    expect(performance.now() - begun).toBeLessThan(1_000);
  });
});
