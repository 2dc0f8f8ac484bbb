import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DeadLetterClient } from './dead-letter-client.js';
import type { ReceivedLetter } from './dead-letter-reading.js';
import { BROKER_URL, itemOf, type TestBroker, testBroker } from './test/broker.js';
import { startParticipant, type TestParticipant } from './test/participant.js';
import { type BrokerProxy, brokerProxy } from './test/proxy.js';
import { type RecordingLog, recordingLog } from './test/recording-log.js';
import { until } from './test/until.js';
import { DELIVERY_LIMIT, deadLetterQueueOptions, deadLettersOf } from './topology.js';

let broker: TestBroker;
let proxy: BrokerProxy;
let clients: DeadLetterClient[];
let participant: TestParticipant | undefined;
beforeEach(async () => {
  broker = await testBroker('letters');
  proxy = await brokerProxy(BROKER_URL);
  [clients, participant] = [[], undefined];
});
afterEach(async () => {
  for (const client of clients) await client.close();
  await participant?.app.close();
  await proxy.stop();
  await broker.close();
});

interface Recorder {
  readonly client: DeadLetterClient;
  readonly letters: ReceivedLetter[];
  readonly log: RecordingLog;
}

/** A recorder that keeps letters in memory, unless it is told otherwise. */
function recorder(
  options: { record?: (letters: readonly ReceivedLetter[]) => Promise<unknown>; ready?: () => Promise<unknown> } = {},
): Recorder {
  const letters: ReceivedLetter[] = [];
  const log = recordingLog();
  const client = new DeadLetterClient({
    url: proxy.url,
    queues: [broker.topology],
    connectionName: 'letters test',
    log,
    ready: async () => {},
    record: async (some) => void letters.push(...some),
    ...options,
  });
  clients.push(client);
  client.start();
  return { client, letters, log };
}

async function consuming(): Promise<void> {
  participant = await startParticipant(broker, BROKER_URL);
  await until('the participant consumes', () => participant?.messaging.isConnected() ?? false);
}

const waiting = () => broker.countOf(deadLettersOf(broker.queue));
const consumers = async () => (await broker.channel.checkQueue(deadLettersOf(broker.queue))).consumerCount;

/** Has the broker give a message up, as after crash upon crash of its consumer. */
async function giveUp(body: unknown, properties: object = {}): Promise<void> {
  await broker.publish(broker.double.name, body, { persistent: true, ...properties });
  for (let delivery = 0; delivery <= DELIVERY_LIMIT; delivery++) {
    const message = await broker.channel.get(broker.queue);
    if (message) broker.channel.nack(message, false, true);
  }
}

describe('letters of participants', () => {
  it('arrive with all that is known of them, and are acknowledged', async () => {
    await consuming();
    const { letters } = recorder();
    await broker.publish(broker.double.name, { items: [itemOf('a', { n: 'x' })] }, { messageId: 'by-hand-1' });
    await until('it is recorded', () => letters.length === 1);
    expect(letters[0]).toMatchObject({
      queue: broker.queue,
      reason: 'INVALID_PAYLOAD',
      detail: expect.stringContaining('n:'),
      type: broker.double.name,
      sagaId: 'saga-of-a',
      itemId: 'a',
      step: 'double',
      attempts: 1,
      deadAt: expect.any(Date),
    });
    expect(JSON.parse(letters[0]?.content.toString() ?? '')).toEqual({ items: [itemOf('a', { n: 'x' })] });
    for (const client of clients) await client.close();
    expect(await broker.take(deadLettersOf(broker.queue))).toBe(undefined);
  });

  it('keep the bytes of what is no JSON, also those that no database takes as text', async () => {
    await consuming();
    const { letters } = recorder();
    const bytes = Buffer.from([0x7b, 0x22, 0x00, 0xff, 0xfe]);
    await broker.publish(broker.double.name, bytes);
    await until('it is recorded', () => letters.length === 1);
    expect(letters[0]?.content.equals(bytes)).toBe(true);
    expect(letters[0]).toMatchObject({ reason: 'BROKEN_JSON', sagaId: undefined, itemId: undefined });
    expect(JSON.stringify(letters[0]?.detail)).not.toContain('\\u0000');
  });
});

describe('letters that no one has written well', () => {
  it.each([
    ['without headers or an id', {}],
    [
      'with headers of other types',
      { headers: { 'x-reason': 7, 'x-saga-id': { a: 1 }, 'x-death': 'no list', 'x-redrive-of': null } },
    ],
    ['with deaths of other shapes', { headers: { 'x-death': [3, { reason: { x: 1 }, 'routing-keys': [1] }] } }],
    ['with an id that cannot be typed', { messageId: 'a/b?c', headers: { 'x-reason': 'BY_HAND' } }],
  ])('are recorded all the same: %s', async (_, properties) => {
    const { letters } = recorder();
    await until('it takes letters', async () => (await consumers()) === 1);
    broker.channel.sendToQueue(deadLettersOf(broker.queue), Buffer.from('oops\0'), properties);
    await until('it is recorded', () => letters.length === 1);
    expect(letters[0]).toMatchObject({
      queue: broker.queue,
      reason: expect.any(String),
      content: Buffer.from('oops\0'),
    });
    expect(letters[0]?.id).toMatch(/^[a-z0-9-]{36}$/);
  });
});

describe('what the broker itself put aside', () => {
  it('is one letter for each item, with ids that stay when it is delivered again', async () => {
    await giveUp({ items: [itemOf('a', { n: 1 }), itemOf('b', { n: 2 })] }, { messageId: 'm-1' });
    const seen: ReceivedLetter[][] = [];
    const record = async (letters: readonly ReceivedLetter[]) => {
      seen.push([...letters]);
      if (seen.length === 1) throw new Error('the database is away');
    };
    const { log } = recorder({ record });
    await until('it was delivered, or tried, twice', () => seen.length === 2);
    expect(seen[0]?.map(({ id }) => id)).toEqual(seen[1]?.map(({ id }) => id));
    expect(new Set(seen[0]?.map(({ id }) => id)).size).toBe(2);
    expect(seen[1]).toMatchObject([
      { reason: 'DELIVERY_LIMIT', itemId: 'a', sagaId: 'saga-of-a', type: broker.double.name, attempts: 1 },
      { reason: 'DELIVERY_LIMIT', itemId: 'b', sagaId: 'saga-of-b', queue: broker.queue },
    ]);
    expect(JSON.parse(seen[1]?.[1]?.content.toString() ?? '')).toEqual({ items: [itemOf('b', { n: 2 })] });
    await until('it says that it goes on', () => log.has('info', 'recorded again'));
    expect(log.lines.filter(({ level }) => level === 'warn')).toHaveLength(1);
  });

  it('is one letter, as it came, if it cannot be read', async () => {
    await giveUp(Buffer.from('{"items": ['), {});
    const { letters } = recorder();
    await until('it is recorded', () => letters.length === 1);
    expect(letters[0]).toMatchObject({ reason: 'DELIVERY_LIMIT', content: Buffer.from('{"items": [') });
  });
});

describe('while letters cannot be recorded', () => {
  it('none is taken before it can begin', async () => {
    let isReady = false;
    const ready = async () => {
      if (!isReady) throw new Error('no table yet');
    };
    broker.channel.sendToQueue(deadLettersOf(broker.queue), Buffer.from('x'), { headers: { 'x-reason': 'BY_HAND' } });
    const { letters, log } = recorder({ ready });
    await until('it says why', () => log.has('warn', 'no table yet'));
    expect([await waiting(), await consumers()]).toEqual([1, 0]);
    isReady = true;
    await until('it is recorded', () => letters.length === 1);
    await until('it is acknowledged', async () => (await waiting()) === 0);
  });

  it('few are held, one that fails does not stop the others, and none is lost', async () => {
    let isAway = true;
    const recorded = new Set<string>();
    const record = async ([letter]: readonly ReceivedLetter[]) => {
      if (isAway && letter?.content.toString() === '0') throw new Error('this one not');
      recorded.add(letter?.content.toString() ?? '');
    };
    for (let n = 0; n < 40; n++) broker.channel.sendToQueue(deadLettersOf(broker.queue), Buffer.from(String(n)));
    recorder({ record });
    await until('all others are recorded', () => recorded.size === 39);
    isAway = false;
    await until('and that one, too', () => recorded.size === 40);
  });
});

describe('a command that is sent again', () => {
  it('reaches its participant; put aside once more, it is another letter that names the former', async () => {
    await consuming();
    const { client, letters } = recorder();
    await broker.publish(broker.double.name, { items: [itemOf('a', { n: 'x' })] });
    await until('it is recorded', () => letters.length === 1);
    const [first] = letters as [ReceivedLetter];
    expect(await client.redrive({ id: first.id, type: broker.double.name, content: first.content })).toBe(undefined);
    await until('it is put aside again', () => letters.length === 2);
    expect(letters[1]).toMatchObject({ redriveOf: first.id, reason: 'INVALID_PAYLOAD', itemId: 'a' });
    expect(letters[1]?.id).not.toBe(first.id);
    const content = Buffer.from(JSON.stringify({ items: [itemOf('b', { n: 4 })] }));
    expect(await client.redrive({ id: first.id, type: broker.double.name, content })).toBe(undefined);
    await until('it is executed', () => participant?.executed.includes(4) ?? false);
  });

  it('is refused when no queue takes it, and while the broker is away', async () => {
    const { client } = recorder();
    await until('it is connected', () => client.isConnected());
    const content = Buffer.from('{}');
    expect(await client.redrive({ id: 'letter-1', type: 'teapot.brew', content })).toBe('UNROUTABLE');
    await proxy.stop();
    await until('it has noticed', () => !client.isConnected());
    expect(await client.redrive({ id: 'letter-1', type: broker.double.name, content })).toBe('CONNECTION_LOST');
    await proxy.resume();
    await until('it is connected again', () => client.isConnected());
    expect(await client.redrive({ id: 'letter-1', type: broker.double.name, content })).toBe(undefined);
    expect(await broker.countOf(broker.queue)).toBe(1);
  });
});

describe('the recorder', () => {
  it('goes on after its connection was cut, and after its queue was deleted', async () => {
    const { letters, log } = recorder();
    const send = (text: string) => broker.channel.sendToQueue(deadLettersOf(broker.queue), Buffer.from(text));
    await until('it takes letters', async () => (await consumers()) === 1);
    proxy.cut();
    send('one');
    await until('it is recorded', () => letters.length === 1);
    await broker.channel.deleteQueue(deadLettersOf(broker.queue));
    await until('it says so', () => log.has('warn', 'was deleted'));
    const redeclared = () => broker.channel.assertQueue(deadLettersOf(broker.queue), deadLetterQueueOptions());
    await until('it takes letters again', async () => (await redeclared()).consumerCount === 1);
    send('two');
    await until('it is recorded, too', () => letters.length === 2);
  });

  it('gives back what it could not record when it is closed', async () => {
    const { client, log } = recorder({ record: () => Promise.reject(new Error('away')) });
    broker.channel.sendToQueue(deadLettersOf(broker.queue), Buffer.from('x'));
    await until('it has tried', () => log.has('warn', 'away'));
    await client.close();
    expect((await broker.channel.get(deadLettersOf(broker.queue), { noAck: true })) && true).toBe(true);
  });
});
