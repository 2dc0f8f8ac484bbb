import { randomUUID } from 'node:crypto';
import { COMMANDS_EXCHANGE, command } from '@saga-checkout/shared-types';
import { type ChannelModel, type ConfirmChannel, connect, type GetMessage } from 'amqplib';
import { z } from 'zod';
import { deadLettersOf, declareTopology, type QueueTopology } from '../topology.js';
import { until } from './until.js';

/** The broker of the tests: every test file takes names of its own on it, so that files can run side by side. */
export const BROKER_URL = process.env.TEST_RABBITMQ_URL ?? 'amqp://admin:admin@127.0.0.1:5672';

/** A queue of its own with two commands, and a direct line to the broker to look at what happens there. */
export interface TestBroker {
  readonly topology: QueueTopology;
  readonly queue: string;
  readonly double: ReturnType<typeof doubleCommand>;
  readonly channel: ConfirmChannel;
  /** Publishes a body as it is, as somebody would by hand, and waits until the broker has it. */
  publish(name: string, body: unknown, properties?: object): Promise<void>;
  /** Takes the next dead letter; waits for it. */
  nextDeadLetter(): Promise<GetMessage>;
  /** Takes the next message of a queue, decoded; undefined if there is none, which a count only says a little later. */
  take(queue: string): Promise<{ items: unknown[] } | undefined>;
  countOf(queue: string): Promise<number>;
  close(): Promise<void>;
}

function doubleCommand(name: string, queue: string) {
  return command({
    name,
    queue,
    payload: z.strictObject({ n: z.int() }),
    reply: z.object({ doubled: z.int() }),
    refusals: ['ODD'],
  });
}

export async function testBroker(prefix: string): Promise<TestBroker> {
  const queue = `test_${prefix}_${randomUUID().slice(0, 8)}`;
  const double = doubleCommand(`${queue}.double`, queue);
  const topology = { queue, commands: [double.name, `${queue}.other`] };
  const connection: ChannelModel = await connect(BROKER_URL, { noDelay: true });
  const channel = await connection.createConfirmChannel();
  await declareTopology(channel, [topology]);
  const publish = async (name: string, body: unknown, properties: object = {}) => {
    const content = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
    channel.publish(COMMANDS_EXCHANGE, name, content, { type: name, ...properties });
    await channel.waitForConfirms();
  };
  const nextDeadLetter = async () => {
    let letter: GetMessage | false = false;
    await until(`a dead letter of ${queue}`, async () => {
      letter = await channel.get(deadLettersOf(queue), { noAck: true });
      return letter !== false;
    });
    return letter as unknown as GetMessage;
  };
  const close = async () => {
    for (const name of [queue, deadLettersOf(queue)]) await channel.deleteQueue(name);
    await connection.close();
  };
  const take = async (name: string) => {
    const message = await channel.get(name, { noAck: true });
    return message ? JSON.parse(message.content.toString()) : undefined;
  };
  const countOf = async (name: string) => (await channel.checkQueue(name)).messageCount;
  return { topology, queue, double, channel, publish, nextDeadLetter, take, countOf, close };
}

/** An item of a command message. */
export function itemOf(id: string, payload: unknown) {
  return { id, sagaId: `saga-of-${id}`, step: 'double', attempt: 1, payload };
}
