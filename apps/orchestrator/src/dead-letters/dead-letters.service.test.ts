import type { TestDatabase } from '@saga-checkout/database/testing';
import type { DeadLetterClient, ReceivedLetter } from '@saga-checkout/messaging/client';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { orchestratorDatabase } from '../testing/database.js';
import { DeadLetters } from './dead-letters.service.js';
import { LetterTable } from './letter-table.js';
import { letterWith } from './testing/letters.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await orchestratorDatabase();
});
afterAll(() => database.drop());

type Sent = Parameters<DeadLetterClient['redrive']>[0];
let sent: Sent[];
let lines: string[];
/** What the broker says to what is sent, in turn; then it takes all. */
let broker: (Awaited<ReturnType<DeadLetterClient['redrive']>> | Promise<undefined>)[];
let isConnected: boolean;
/** The boundary at which this process dies. */
let diesAt: string | undefined;

beforeEach(async () => {
  [sent, lines, broker, isConnected, diesAt] = [[], [], [], true, undefined];
  await database.pool.query('truncate dead_letters');
});

/** One orchestrator among several. */
function orchestrator(): DeadLetters {
  const redrive = async (letter: Sent) => {
    sent.push(letter);
    return broker.shift();
  };
  const say = (level: string) => (_: object, message: string) => void lines.push(`${level} ${message}`);
  const pass = (boundary: string) => {
    if (boundary === diesAt) throw new Error(`died at ${boundary}`);
  };
  const client = { isConnected: () => isConnected, redrive };
  return new DeadLetters({ pool: database.pool, client, log: { error: say('error'), info: say('info') }, pass });
}

const ada = { by: 'ada', reason: 'the schema is mended' };
const bob = { by: 'bob', reason: 'me, too' };

async function recorded(...letters: ReceivedLetter[]): Promise<DeadLetters> {
  const dead = orchestrator();
  await dead.record(letters);
  return dead;
}

const statusOf = async (id: string) => (await new LetterTable(database.pool).find(id))?.status;

describe('a letter', () => {
  it('is recorded once, and told of once, however often it is delivered, and to whomever', async () => {
    const letters = [
      letterWith({ id: 'letter-1' }),
      letterWith({ id: 'letter-2', sagaId: undefined, attempts: undefined }),
    ];
    const others = Array.from({ length: 8 }, () => orchestrator());
    await Promise.all(others.map((each) => each.record(letters)));
    const found = await others[0]!.list({ limit: 10 });
    expect(found.map(({ id }) => id).sort()).toEqual(['letter-1', 'letter-2']);
    expect(lines.filter((line) => line.startsWith('error'))).toHaveLength(2);
    expect(lines[0]).toContain('pnpm dlq show letter-');
  });

  it('is recorded when the process that had it died after the commit: the next one finds it there', async () => {
    diesAt = 'after-commit';
    await expect(recorded(letterWith({ id: 'letter-1' }))).rejects.toThrow('died');
    diesAt = undefined;
    const dead = await recorded(letterWith({ id: 'letter-1', detail: 'the second time' }));
    expect(await dead.find('letter-1')).toMatchObject({ status: 'OPEN', detail: 'n: is missing' });
  });

  it('keeps what it carries, byte for byte', async () => {
    const content = Buffer.from([0, 1, 0x27, 0x5c, 0xff, 0x7b]);
    const dead = await recorded(letterWith({ id: 'letter-1', content, detail: 'it\'s \\ " {a,b} \u{1F9E8}' }));
    const letter = await dead.find('letter-1');
    expect(letter.content.equals(content)).toBe(true);
    expect(letter.detail).toBe('it\'s \\ " {a,b} \u{1F9E8}');
    await expect(dead.find('letter-9')).rejects.toMatchObject({ code: 'LETTER_NOT_FOUND' });
  });
});

describe('sent again', () => {
  it('it goes to its command, once; who, why and when are kept; the same wish again gives the same answer', async () => {
    const letter = letterWith({ id: 'letter-1' });
    const dead = await recorded(letter);
    const first = await dead.redrive('letter-1', ada);
    expect(first).toMatchObject({
      status: 'REDRIVEN',
      decision: { ...ada, at: expect.any(Date) },
      endedAt: expect.any(Date),
    });
    expect(sent).toEqual([{ id: 'letter-1', type: 'order.create', content: letter.content }]);
    expect(await dead.redrive('letter-1', ada)).toEqual(first);
    await expect(dead.redrive('letter-1', bob)).rejects.toMatchObject({
      code: 'ALREADY_REDRIVEN',
      message: expect.stringContaining('by ada: the schema is mended'),
    });
    await expect(dead.discard('letter-1', ada)).rejects.toMatchObject({ code: 'ALREADY_REDRIVEN' });
    expect(sent).toHaveLength(1);
  });

  it('by two orchestrators at once, it is sent once: the same wish gives the same answer, another one is refused', async () => {
    await recorded(letterWith({ id: 'letter-1' }), letterWith({ id: 'letter-2' }));
    const hold = heldUp();
    broker = [hold.until, hold.until];
    const wishes = [ada, ada].map((wish) => orchestrator().redrive('letter-1', wish));
    const rivals = Promise.allSettled([ada, bob].map((wish) => orchestrator().redrive('letter-2', wish)));
    await expect.poll(() => sent.length).toBe(2);
    hold.release();
    const [one, other] = await Promise.all(wishes);
    expect(other).toEqual(one);
    expect((await rivals).map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(sent.map(({ id }) => id).sort()).toEqual(['letter-1', 'letter-2']);
  });

  it.each([
    ['redrive-committed', 0],
    ['redrive-confirmed', 1],
  ] as const)('by a process that dies at %s, it is REDRIVING; once more finishes it', async (boundary, sentBefore) => {
    const dead = await recorded(letterWith({ id: 'letter-1' }));
    diesAt = boundary;
    await expect(dead.redrive('letter-1', ada)).rejects.toThrow('died');
    expect([await statusOf('letter-1'), sent.length]).toEqual(['REDRIVING', sentBefore]);
    diesAt = undefined;
    await expect(dead.discard('letter-1', bob)).rejects.toMatchObject({ code: 'REDRIVE_UNFINISHED' });
    expect(await orchestrator().redrive('letter-1', bob)).toMatchObject({ status: 'REDRIVEN', decision: bob });
    expect(sent).toHaveLength(sentBefore + 1);
  });

  it('while the broker is away, nothing is begun; if it goes in between, once more finishes it', async () => {
    const dead = await recorded(letterWith({ id: 'letter-1' }));
    isConnected = false;
    await expect(dead.redrive('letter-1', ada)).rejects.toMatchObject({ code: 'BROKER_UNAVAILABLE' });
    expect([await statusOf('letter-1'), sent.length]).toEqual(['OPEN', 0]);
    isConnected = true;
    broker = ['CONNECTION_LOST'];
    await expect(dead.redrive('letter-1', ada)).rejects.toMatchObject({
      message: expect.stringContaining('not known'),
    });
    expect(await statusOf('letter-1')).toBe('REDRIVING');
    expect(await dead.redrive('letter-1', ada)).toMatchObject({ status: 'REDRIVEN' });
  });

  it('it stays open if the broker says that it did not take it', async () => {
    const dead = await recorded(letterWith({ id: 'letter-1' }));
    broker = ['UNROUTABLE', 'NOT_ACCEPTED'];
    await expect(dead.redrive('letter-1', ada)).rejects.toMatchObject({ code: 'UNROUTABLE' });
    await expect(dead.redrive('letter-1', ada)).rejects.toMatchObject({ code: 'BROKER_UNAVAILABLE' });
    expect(await dead.find('letter-1')).toMatchObject({ status: 'OPEN', decision: null });
  });

  it.each([
    ['broken JSON', { content: Buffer.from('{"items": [oops') }, 'is no JSON'],
    ['no envelope', { content: Buffer.from('[]') }, 'no command in it'],
    ['an item without an id', { content: Buffer.from('{"items":[{"sagaId":"a"}]}') }, 'is no command: id:'],
    ['several items', { content: Buffer.from('{"items":[{},{}]}') }, '2 items'],
    ['no name', { type: undefined }, 'which command'],
  ])('is refused to what has nothing to send: %s', async (_, part, why) => {
    const dead = await recorded(letterWith({ id: 'letter-1', ...part }));
    await expect(dead.redrive('letter-1', ada)).rejects.toMatchObject({
      code: 'NOT_REDRIVABLE',
      message: expect.stringContaining(why),
    });
    expect([await statusOf('letter-1'), sent.length]).toEqual(['OPEN', 0]);
  });
});

describe('discarded', () => {
  it('it keeps the reason, is never sent, and is discarded once', async () => {
    const dead = await recorded(letterWith({ id: 'letter-1' }));
    const first = await dead.discard('letter-1', ada);
    expect(first).toMatchObject({ status: 'DISCARDED', decision: ada });
    expect(await dead.discard('letter-1', ada)).toEqual(first);
    await expect(dead.discard('letter-1', bob)).rejects.toMatchObject({ code: 'ALREADY_DISCARDED' });
    await expect(dead.redrive('letter-1', ada)).rejects.toMatchObject({ code: 'ALREADY_DISCARDED' });
    expect(sent).toEqual([]);
  });
});

describe('in time', () => {
  it('ended letters are deleted, in batches; open ones and those under way never', async () => {
    const ids = ['open-one', 'under-way', 'redriven', 'discarded', 'young-one'];
    const dead = await recorded(...ids.map((id) => letterWith({ id })));
    const table = new LetterTable(database.pool);
    await table.intend('under-way', ada);
    await dead.redrive('redriven', ada);
    await dead.discard('discarded', ada);
    await database.pool.query(
      `update dead_letters set recorded_at = recorded_at - interval '40 days', ended_at = ended_at - interval '31 days'`,
    );
    await dead.discard('young-one', ada);
    const monthAgo = new Date(Date.now() - 30 * 86_400_000);
    expect([await table.prune(monthAgo, 1), await table.prune(monthAgo, 10), await table.prune(monthAgo, 10)]).toEqual([
      1, 1, 0,
    ]);
    expect((await dead.list({ limit: 10 })).map(({ id }) => id).sort()).toEqual(['open-one', 'under-way', 'young-one']);
  });
});

function heldUp(): { until: Promise<undefined>; release: () => void } {
  let release = () => {};
  const until = new Promise<undefined>((resolve) => {
    release = () => resolve(undefined);
  });
  return { until, release };
}
