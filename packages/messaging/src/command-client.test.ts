import type { ReplyItem } from '@saga-checkout/shared-types';
import { type ConsumeMessage, connect } from 'amqplib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { CommandClient } from './command-client.js';
import { BROKER_URL, itemOf, type TestBroker, testBroker } from './test/broker.js';
import { brokerProxy } from './test/proxy.js';
import { recordingLog } from './test/recording-log.js';
import { until } from './test/until.js';
import { commandQueueOptions } from './topology.js';

let broker: TestBroker;
const clients: CommandClient[] = [];
beforeAll(async () => {
  broker = await testBroker('client');
});
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
  await broker.channel.purgeQueue(broker.queue);
});
afterAll(() => broker.close());

async function clientOf({ url = BROKER_URL, topology = broker.topology, connected = true } = {}) {
  const log = recordingLog();
  const client = new CommandClient({ url, queues: [topology], log, connectionName: 'client test' });
  const replies: ReplyItem[] = [];
  client.onReply((reply) => replies.push(reply));
  clients.push(client);
  await client.start();
  if (connected) await until('the client is connected', () => client.isConnected());
  return { client, replies, log };
}

const commandOf = (id: string, name = broker.double.name) => ({
  name,
  queue: broker.queue,
  item: itemOf(id, { n: 1 }),
});

/** Plays the participant with plain amqplib: answers with what `answer` makes of each message. */
async function participant(answer: (ids: string[], message: ConsumeMessage) => unknown[]) {
  const { consumerTag } = await broker.channel.consume(broker.queue, (message) => {
    if (!message) return;
    const ids = JSON.parse(message.content.toString()).items.map((item: { id: string }) => item.id);
    const { replyTo, correlationId } = message.properties;
    for (const body of answer(ids, message)) {
      broker.channel.publish('', replyTo, Buffer.from(JSON.stringify(body)), { correlationId });
    }
    broker.channel.ack(message);
  });
  return () => broker.channel.cancel(consumerTag);
}

const done = (id: string) => ({ id, outcome: 'done', data: { doubled: 2 } });

describe('CommandClient', () => {
  it('sends commands of one name in one message, persistent, with what a participant needs to answer', async () => {
    const { client } = await clientOf();
    client.send([commandOf('a'), commandOf('b')]);
    await until('the message is in the queue', async () => (await broker.countOf(broker.queue)) === 1);
    const message = await broker.channel.get(broker.queue, { noAck: true });
    if (!message) throw new Error('no message');
    expect(JSON.parse(message.content.toString())).toEqual({ items: [commandOf('a').item, commandOf('b').item] });
    const { messageId, correlationId, replyTo, type, deliveryMode, timestamp } = message.properties;
    expect({ type, deliveryMode }).toEqual({ type: broker.double.name, deliveryMode: 2 });
    expect(messageId).toMatch(/^[0-9a-f-]{36}$/);
    expect(correlationId).toBe(messageId);
    expect(replyTo).toMatch(/^replies\.client test\.[0-9a-f-]{36}$/);
    expect(Math.abs(timestamp - Date.now() / 1000)).toBeLessThan(60);
  });

  it('has answers come to a queue that goes with its connection, and that harms nobody when it is gone', async () => {
    const { client } = await clientOf();
    client.send([commandOf('a')]);
    await until('the message is in the queue', async () => (await broker.countOf(broker.queue)) === 1);
    const message = await broker.channel.get(broker.queue, { noAck: true });
    if (!message) throw new Error('no message');
    const { replyTo } = message.properties;
    await client.close();
    const gone = async () => {
      const connection = await connect(BROKER_URL);
      const channel = await connection.createChannel();
      channel.on('error', () => {}); // what `checkQueue` rejects with
      const answer = await channel.checkQueue(replyTo).catch((error: Error) => error);
      await connection.close();
      return answer instanceof Error && answer.message.includes('NOT_FOUND');
    };
    await until('the queue of replies is gone', gone);
    broker.channel.publish('', replyTo, Buffer.from('{}'), { correlationId: 'a' });
    await broker.channel.waitForConfirms();
  });

  it('tells how many consume a queue, none if it is not there, and nothing while there is no connection', async () => {
    const { client } = await clientOf();
    expect(await client.consumersOf(broker.queue)).toBe(0);
    const stop = await participant(() => []);
    expect(await client.consumersOf(broker.queue)).toBe(1);
    const both = await Promise.all([client.consumersOf('nobody declared this'), client.consumersOf('nor this')]);
    expect(both).toEqual([0, 0]);
    expect(await client.consumersOf(broker.queue)).toBe(1);
    expect(client.isConnected()).toBe(true);
    await stop();
    await client.close();
    expect(await client.consumersOf(broker.queue)).toBeUndefined();
  });

  it('passes on each answer once, however the answers are spread over messages', async () => {
    const stop = await participant(([first = '', ...rest]) => [
      { items: [done(first)] },
      { items: [done(first), ...rest.map(done)] },
    ]);
    const { client, replies } = await clientOf();
    client.send(['a', 'b', 'c'].map((id) => commandOf(id)));
    await until('three answers', () => replies.length >= 3);
    await stop();
    expect(replies).toEqual(['a', 'b', 'c'].map(done));
    expect(client.inFlight).toBe(0);
  });

  it('answers UNROUTABLE at once when no queue takes the command', async () => {
    const { client, replies } = await clientOf();
    client.send([commandOf('a', `${broker.queue}.nobody`), commandOf('b', `${broker.queue}.nobody`)]);
    await until('two answers', () => replies.length === 2);
    expect(replies).toMatchObject(['a', 'b'].map((id) => ({ id, outcome: 'failed', code: 'UNROUTABLE' })));
  });

  it('answers NOT_ACCEPTED when the queue refuses', async () => {
    const full = `${broker.queue}_full`;
    const options = { arguments: { 'x-max-length': 1, 'x-overflow': 'reject-publish' }, autoDelete: false };
    await broker.channel.assertQueue(full, options);
    await broker.channel.bindQueue(full, 'commands', `${full}.fill`);
    const { client, replies } = await clientOf();
    for (const id of ['a', 'b', 'c']) client.send([commandOf(id, `${full}.fill`)]);
    await until('a refusal', () => replies.length >= 2);
    await broker.channel.deleteQueue(full);
    expect(replies).toMatchObject(['b', 'c'].map((id) => ({ id, outcome: 'failed', code: 'NOT_ACCEPTED' })));
  });

  it.each(['cut', 'closeByOperator'] as const)(
    'fails all in flight at once when the connection drops (%s), and reconnects',
    async (drop) => {
      const proxy = await brokerProxy(BROKER_URL);
      const { client, replies } = await clientOf({ url: proxy.url });
      client.send(['a', 'b'].map((id) => commandOf(id)));
      client.send([commandOf('c')]);
      await until('both messages are queued', async () => (await broker.countOf(broker.queue)) === 2);
      proxy[drop]();
      await until('everything in flight is answered', () => replies.length === 3);
      expect(replies).toMatchObject(['a', 'b', 'c'].map((id) => ({ id, outcome: 'failed', code: 'CONNECTION_LOST' })));
      await broker.channel.purgeQueue(broker.queue);
      await until('the client is connected again', () => client.isConnected());
      const stop = await participant((ids) => [{ items: ids.map(done) }]);
      client.send([commandOf('d')]);
      await until('an answer', () => replies.length === 4);
      await stop();
      expect(replies[3]).toEqual(done('d'));
      await client.close();
      await proxy.stop();
    },
  );

  it('starts without a broker, answers CONNECTION_LOST meanwhile, and connects when it is there', async () => {
    const proxy = await brokerProxy(BROKER_URL);
    await proxy.stop();
    const { client, replies, log } = await clientOf({ url: proxy.url, connected: false });
    client.send([commandOf('a')]);
    expect(replies).toEqual([]);
    await until('an answer', () => replies.length === 1);
    expect(replies).toMatchObject([{ id: 'a', outcome: 'failed', code: 'CONNECTION_LOST' }]);
    await until('a warning', () => log.has('warn', 'start RabbitMQ'));
    await expect(client.check()).rejects.toThrow('ECONNREFUSED');
    await proxy.resume();
    await until('the client is connected', () => client.isConnected());
    await client.check();
    await client.close();
    await proxy.stop();
  });

  it('says what to do about a queue that exists with other arguments, and goes on once it is gone', async () => {
    const queue = `${broker.queue}_other`;
    await broker.channel.assertQueue(queue, {
      arguments: { ...commandQueueOptions(queue).arguments, 'x-delivery-limit': 3 },
    });
    const { client, log } = await clientOf({ topology: { queue, commands: [] }, connected: false });
    await until('an error', () => log.has('warn', 'delete it') || log.has('error', 'delete it'));
    expect(client.isConnected()).toBe(false);
    await broker.channel.deleteQueue(queue);
    await until('the client is connected', () => client.isConnected());
    for (const name of [queue, `${queue}.dead_letters`]) await broker.channel.deleteQueue(name);
  });

  it('answers BROKEN_REPLY for an answer it cannot understand, and survives replies that are no JSON', async () => {
    const stop = await participant((ids) => [
      ['no', 'items'],
      { items: ids.map((id) => ({ id, outcome: 'perhaps' })) },
    ]);
    const { client, replies, log } = await clientOf();
    client.send([commandOf('a')]);
    await until('an answer', () => replies.length === 1);
    await stop();
    expect(replies).toMatchObject([{ id: 'a', outcome: 'failed', code: 'BROKEN_REPLY' }]);
    expect(log.has('error', 'cannot be understood')).toBe(true);
  });

  it('survives a listener that throws, and a command that cannot be serialized', async () => {
    const { client, replies, log } = await clientOf();
    client.onReply(() => {
      throw new Error('a bug');
    });
    const { name, queue, item } = commandOf('a');
    client.send([{ name, queue, item: { ...item, payload: 1n } }]);
    await until('an answer', () => replies.length === 1);
    expect(replies).toMatchObject([{ id: 'a', outcome: 'failed', code: 'NOT_SERIALIZABLE' }]);
    await until('the error is logged', () => log.has('error', 'listens to replies'));
    expect(client.isConnected()).toBe(true);
  });

  it('answers what is in flight when it is closed, and ends a connection attempt under way', async () => {
    const { client, replies } = await clientOf();
    client.send([commandOf('a')]);
    await client.close();
    expect(replies).toMatchObject([{ id: 'a', code: 'CONNECTION_LOST' }]);
    client.send([commandOf('b')]);
    await until('an answer', () => replies.length === 2);
  });
});
