import type { ReplyItem } from '@saga-checkout/shared-types';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CommandClient } from '../command-client.js';
import { BROKER_URL, itemOf, type TestBroker, testBroker } from '../test/broker.js';
import {
  doubled,
  heldWork,
  startParticipant,
  startWithoutController,
  type TestParticipant,
} from '../test/participant.js';
import { type BrokerProxy, brokerProxy } from '../test/proxy.js';
import { recordingLog } from '../test/recording-log.js';
import { until } from '../test/until.js';
import { commandQueueOptions, DELIVERY_LIMIT, deadLettersOf } from '../topology.js';

let broker: TestBroker;
let proxy: BrokerProxy;
let client: CommandClient;
let replies: ReplyItem[];
let participants: TestParticipant[];

beforeEach(async () => {
  broker = await testBroker('participant');
  proxy = await brokerProxy(BROKER_URL);
  participants = [];
  replies = [];
  client = new CommandClient({
    url: BROKER_URL,
    queues: [broker.topology],
    log: recordingLog(),
    connectionName: 'sender',
  });
  client.onReply((reply) => replies.push(reply));
  await client.start();
  await until('the client is connected', () => client.isConnected());
});
afterEach(async () => {
  for (const { app } of participants) await app.close();
  await client.close();
  await proxy.stop();
  await broker.close();
});

/** A participant that is connected by way of the proxy. */
async function connected(execute?: Parameters<typeof startParticipant>[2]): Promise<TestParticipant> {
  const participant = await startParticipant(broker, proxy.url, execute);
  participants.push(participant);
  await until('the participant consumes', () => participant.messaging.isConnected());
  return participant;
}

const send = (...numbers: number[]) =>
  client.send(numbers.map((n) => ({ name: broker.double.name, queue: broker.queue, item: itemOf(String(n), { n }) })));
const done = (n: number) => ({ id: String(n), outcome: 'done', data: { doubled: 2 * n } });
const queueIsEmpty = () => until('the queue is empty', async () => (await broker.countOf(broker.queue)) === 0);

describe('a participant', () => {
  it('executes, answers and acknowledges', async () => {
    const { app } = await connected();
    send(1, 2, 3);
    await until('three answers', () => replies.length === 3);
    expect(replies).toEqual([done(1), done(2), done(3)]);
    await app.close();
    // Whatever had not been acknowledged would be back in the queue now.
    expect(await broker.take(broker.queue)).toBe(undefined);
  });

  it('dead-letters one bad item with its reason; the rest of its message is executed and answered', async () => {
    await connected();
    const { name } = broker.double;
    client.send([
      { name, queue: broker.queue, item: itemOf('1', { n: 1 }) },
      { name, queue: broker.queue, item: itemOf('bad', { n: 'one' }) },
      { name, queue: broker.queue, item: itemOf('2', { n: 2 }) },
    ]);
    await until('three answers', () => replies.length === 3);
    expect(replies.filter(({ outcome }) => outcome === 'done')).toEqual([done(1), done(2)]);
    expect(replies.find(({ id }) => id === 'bad')).toMatchObject({ outcome: 'failed', code: 'DEAD_LETTERED' });
    const letter = await broker.nextDeadLetter();
    expect(JSON.parse(letter.content.toString())).toEqual({ items: [itemOf('bad', { n: 'one' })] });
    expect(letter.properties.type).toBe(name);
    expect(letter.properties.headers).toMatchObject({
      'x-reason': 'INVALID_PAYLOAD',
      'x-reason-detail': expect.stringContaining('n:'),
      'x-queue': broker.queue,
      'x-saga-id': 'saga-of-bad',
    });
    await queueIsEmpty();
  });

  it.each([
    ['BROKEN_JSON', Buffer.from('{"items"'), undefined],
    ['BROKEN_ENVELOPE', { command: 'double' }, undefined],
    ['UNKNOWN_COMMAND', { items: [itemOf('1', { n: 1 })] }, 'other.command'],
  ])('dead-letters %s at once, and the queue goes on', async (reason, body, type) => {
    const { executed } = await connected();
    await broker.publish(broker.double.name, body, type === undefined ? {} : { type });
    send(5);
    await until('the command behind it is answered', () => replies.length === 1);
    const letter = await broker.nextDeadLetter();
    expect(letter.properties.headers).toMatchObject({ 'x-reason': reason, 'x-queue': broker.queue });
    expect(executed).toEqual([5]);
    await queueIsEmpty();
  });

  it('answers failed when a handler throws; nothing is delivered again or dead-lettered', async () => {
    const { app, executed } = await connected(async (n) => {
      if (n === 1) throw Object.assign(new Error('the database is away'), { code: 'DATABASE_UNAVAILABLE' });
      return doubled(n);
    });
    send(1, 2);
    await until('two answers', () => replies.length === 2);
    expect(replies.find(({ id }) => id === '1')).toMatchObject({ outcome: 'failed', code: 'DATABASE_UNAVAILABLE' });
    expect(replies.find(({ id }) => id === '2')).toEqual(done(2));
    await app.close();
    expect(executed).toEqual([1, 2]);
    expect(await broker.take(broker.queue)).toBe(undefined);
    expect(await broker.take(deadLettersOf(broker.queue))).toBe(undefined);
  });

  it.each(['cut', 'closeByOperator'] as const)(
    'survives a connection that drops while handlers run (%s): the messages come again, others go on',
    async (drop) => {
      const { execute, release } = heldWork();
      const { executed, messaging, log } = await connected(execute);
      send(1);
      send(2);
      await until('both are being executed', () => executed.length === 2);
      proxy[drop]();
      await until('the participant has noticed', () => !messaging.isConnected());
      release();
      await until('both are executed again, and answered', () => replies.length === 2);
      send(3);
      await until('another one is answered', () => replies.length === 3);
      expect(executed).toEqual([1, 2, 1, 2, 3]);
      expect(replies).toEqual([done(1), done(2), done(3)]);
      await queueIsEmpty();
      expect(await broker.take(deadLettersOf(broker.queue))).toBe(undefined);
      expect(log.has('warn', 'the connection to RabbitMQ was lost')).toBe(true);
      expect(log.lines.filter(({ level }) => level === 'error')).toEqual([]);
    },
  );

  it('boots without a broker, says that it is not ready, and consumes when the broker is there', async () => {
    await proxy.stop();
    const participant = await startParticipant(broker, proxy.url);
    participants.push(participant);
    await until('it has tried', () => participant.log.has('warn', 'cannot connect'));
    await expect(participant.messaging.check()).rejects.toThrow('ECONNREFUSED');
    await proxy.resume();
    send(1);
    await until('an answer', () => replies.length === 1);
    await until('it is ready', () => participant.messaging.isConnected());
    await participant.messaging.check();
  });

  it('shuts down while the broker is away', async () => {
    const { app, messaging } = await connected();
    await proxy.stop();
    await until('the participant has noticed', () => !messaging.isConnected());
    await app.close();
  });

  it('finishes, answers and acknowledges what it has taken when it shuts down, and takes nothing more', async () => {
    const { execute, release } = heldWork();
    const { app, executed, log } = await connected(execute);
    send(1);
    await until('it is being executed', () => executed.length === 1);
    const closing = app.close();
    await until('it takes no more', () => log.has('info', 'takes no more messages'));
    send(2);
    release();
    await closing;
    await until('an answer', () => replies.length === 1);
    expect(replies).toEqual([done(1)]);
    expect(executed).toEqual([1]);
    expect((await broker.take(broker.queue))?.items).toEqual([itemOf('2', { n: 2 })]);
  });

  it('declares its queue again when somebody deletes it', async () => {
    const { log } = await connected();
    await broker.channel.deleteQueue(broker.queue);
    await until('it says so', () => log.has('error', 'cancelled the consumer'));
    const consumers = async () =>
      (await broker.channel.assertQueue(broker.queue, commandQueueOptions(broker.queue))).consumerCount;
    await until('it consumes again', async () => (await consumers()) === 1);
    send(1);
    await until('an answer', () => replies.length === 1);
  });

  it('says what to do about a queue that exists with other arguments, and goes on once it is gone', async () => {
    await broker.channel.deleteQueue(broker.queue);
    await broker.channel.assertQueue(broker.queue, { durable: true });
    const participant = await startParticipant(broker, proxy.url);
    participants.push(participant);
    await until('it says so', () => participant.log.has('error', 'delete it'));
    expect(participant.messaging.isConnected()).toBe(false);
    await broker.channel.deleteQueue(broker.queue);
    await until('it consumes', () => participant.messaging.isConnected());
    send(1);
    await until('an answer', () => replies.length === 1);
  });

  it('leaves what it was never able to answer to the dead letters, after as many deliveries as the limit', async () => {
    const body = { items: [itemOf('1', { n: 1 })] };
    await broker.publish(broker.double.name, body, { persistent: true });
    for (let delivery = 0; delivery <= DELIVERY_LIMIT; delivery++) {
      // Gives it back without an answer, as a crashing consumer would.
      const message = await broker.channel.get(broker.queue);
      if (message) broker.channel.nack(message, false, true);
    }
    const letter = await broker.nextDeadLetter();
    expect(JSON.parse(letter.content.toString())).toEqual(body);
    expect(letter.properties.headers?.['x-death']).toMatchObject([{ reason: 'delivery_limit', queue: broker.queue }]);
  });

  it('shares its queue with a replica, also one in the same process', async () => {
    const one = await connected();
    const other = await connected();
    for (let n = 1; n <= 20; n++) send(n);
    await until('twenty answers', () => replies.length === 20);
    expect(one.executed.length + other.executed.length).toBe(20);
    expect(Math.min(one.executed.length, other.executed.length)).toBeGreaterThan(0);
  });

  it('does not start when no method is marked with its queue', async () => {
    const starting = startWithoutController(broker, BROKER_URL);
    await expect(starting).rejects.toThrow(`@CommandsFrom('${broker.queue}')`);
  });
});
