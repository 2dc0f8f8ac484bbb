import { command, type ReplyItem } from '@saga-checkout/shared-types';
import type { ConsumeMessage } from 'amqplib';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { CommandConsumer, type CommandHandler, ConnectionLostError, handler } from './command-consumer.js';
import type { DeadLetter } from './dead-letter.js';
import { CommandFailure } from './failure.js';
import { itemOf } from './test/broker.js';
import { recordingLog } from './test/recording-log.js';

const double = command({
  name: 'test.double',
  queue: 'test_commands',
  payload: z.strictObject({ n: z.int() }),
  reply: z.object({ doubled: z.int() }),
  refusals: ['ODD'],
});

const doubles = handler(double, async ({ n }) => ({ outcome: 'done', data: { doubled: 2 * n } }));

function messageOf(body: unknown, properties: object = {}): ConsumeMessage {
  const content = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
  return {
    content,
    fields: { routingKey: 'test.double' },
    properties: { type: 'test.double', replyTo: 'back', correlationId: 'c1', ...properties },
  } as unknown as ConsumeMessage;
}

function consumerOf(handlers: readonly CommandHandler[], deadLetter?: (letter: DeadLetter) => Promise<void>) {
  const letters: DeadLetter[] = [];
  const replies: { to: string; correlationId: string; items: readonly ReplyItem[] }[] = [];
  const log = recordingLog();
  const waits: number[] = [];
  const consumer = new CommandConsumer({
    queue: 'test_commands',
    handlers,
    deadLetter: deadLetter ?? (async (letter) => void letters.push(letter)),
    reply: (to, correlationId, items) => void replies.push({ to, correlationId, items }),
    log,
    wait: async (delayMs) => void waits.push(delayMs),
  });
  return { consumer, letters, replies, log, waits, answers: () => replies.flatMap(({ items }) => items) };
}

const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
const bodyOf = (letter: DeadLetter | undefined) => JSON.parse(letter?.content.toString() ?? '');

describe('CommandConsumer', () => {
  it('executes every item of a message and answers them', async () => {
    const { consumer, replies } = consumerOf([doubles]);
    await consumer.receive(messageOf({ items: [itemOf('a', { n: 1 }), itemOf('b', { n: 2 })] }));
    expect(replies).toEqual([
      {
        to: 'back',
        correlationId: 'c1',
        items: [
          { id: 'a', outcome: 'done', data: { doubled: 2 } },
          { id: 'b', outcome: 'done', data: { doubled: 4 } },
        ],
      },
    ]);
  });

  it('answers what is known without waiting for the rest, and settles with the last', async () => {
    const release: (() => void)[] = [];
    const slow = handler(double, ({ n }) =>
      n < 10
        ? Promise.resolve({ outcome: 'done', data: { doubled: 2 * n } })
        : new Promise((resolve) => release.push(() => resolve({ outcome: 'refused', code: 'ODD', message: 'no' }))),
    );
    const { consumer, replies } = consumerOf([slow]);
    let settled = false;
    const items = [itemOf('a', { n: 1 }), itemOf('b', { n: 10 }), itemOf('c', { n: 3 })];
    const receiving = consumer.receive(messageOf({ items })).then(() => {
      settled = true;
    });
    while (replies.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(replies.map((reply) => reply.items.map(({ id }) => id))).toEqual([['a', 'c']]);
    expect(settled).toBe(false);
    release[0]?.();
    await receiving;
    expect(replies.map((reply) => reply.items.map(({ id }) => id))).toEqual([['a', 'c'], ['b']]);
  });

  it('dead-letters a bad item alone, answers it as failed, and executes the others', async () => {
    const { consumer, letters, answers } = consumerOf([doubles]);
    const items = [itemOf('a', { n: 1 }), itemOf('b', { n: 'two' }), { id: 'c', payload: {} }, itemOf('d', { n: 4 })];
    await consumer.receive(messageOf({ items }));
    expect(letters).toMatchObject([
      { reason: 'INVALID_PAYLOAD', sagaId: 'saga-of-b', type: 'test.double', queue: 'test_commands' },
      { reason: 'BROKEN_ENVELOPE', detail: expect.stringContaining('sagaId') },
    ]);
    expect(letters.map(bodyOf)).toEqual([{ items: [items[1]] }, { items: [items[2]] }]);
    expect(Object.fromEntries(answers().map((answer) => [answer.id, answer]))).toMatchObject({
      a: { outcome: 'done' },
      b: { outcome: 'failed', code: 'DEAD_LETTERED', message: expect.stringContaining('INVALID_PAYLOAD: n:') },
      c: { outcome: 'failed', code: 'DEAD_LETTERED' },
      d: { outcome: 'done' },
    });
  });

  it('dead-letters an item that is nested too deeply to be written again, with its message as it came', async () => {
    const { consumer, letters, answers } = consumerOf([doubles]);
    const deep = Buffer.from(JSON.stringify({ items: [itemOf('a', 'DEEP')] }).replace('"DEEP"', nested(200_000)));
    const message = messageOf(deep);
    await consumer.receive(message);
    expect(letters).toMatchObject([{ reason: 'INVALID_PAYLOAD', sagaId: 'saga-of-a' }]);
    expect(letters[0]?.content.equals(deep)).toBe(true);
    expect(answers()).toMatchObject([{ id: 'a', outcome: 'failed', code: 'DEAD_LETTERED' }]);
  });

  it('writes the same letters when a message is delivered again, and one for each of two items that are alike', async () => {
    const { consumer, letters } = consumerOf([doubles]);
    const bad = itemOf('b', { n: 'two' });
    const headers = { 'x-redrive-of': 'an earlier letter' };
    const message = messageOf({ items: [bad, bad] }, { messageId: 'm1', headers });
    await consumer.receive(message);
    await consumer.receive(message);
    await consumer.receive(messageOf('no envelope', { messageId: 'm1' }));
    const ids = letters.map(({ id }) => id);
    expect(ids.slice(2, 4)).toEqual(ids.slice(0, 2));
    expect(new Set(ids).size).toBe(3);
    expect(letters[0]).toMatchObject({ redriveOf: 'an earlier letter' });
  });

  it.each([
    ['BROKEN_JSON', Buffer.from('{"items": [')],
    ['BROKEN_ENVELOPE', { commands: [] }],
    ['BROKEN_ENVELOPE', { items: [] }],
    ['BROKEN_ENVELOPE', null],
    ['BROKEN_ENVELOPE', { items: Array.from({ length: 1001 }, (_, i) => itemOf(`${i}`, { n: i })) }],
  ])('dead-letters a message it cannot read as it came: %s', async (reason, body) => {
    const { consumer, letters, replies } = consumerOf([doubles]);
    const message = messageOf(body);
    await consumer.receive(message);
    expect(letters).toMatchObject([{ reason, type: 'test.double' }]);
    expect(letters[0]?.content.equals(message.content)).toBe(true);
    expect(replies).toEqual([]);
  });

  it('dead-letters unknown commands and says so to their sender', async () => {
    const { consumer, letters, answers } = consumerOf([doubles]);
    await consumer.receive(messageOf({ items: [itemOf('a', {})] }, { type: 'test.halve' }));
    expect(letters).toMatchObject([{ reason: 'UNKNOWN_COMMAND', sagaId: 'saga-of-a', type: 'test.halve' }]);
    expect(answers()).toMatchObject([{ id: 'a', outcome: 'failed', code: 'DEAD_LETTERED' }]);
  });

  it('goes by the routing key when somebody left out the type, and answers nobody if nobody is to be answered', async () => {
    const executed: number[] = [];
    const counting = handler(double, async ({ n }) => {
      executed.push(n);
      return { outcome: 'done', data: { doubled: 2 * n } };
    });
    const { consumer, letters, replies } = consumerOf([counting]);
    await consumer.receive(messageOf({ items: [itemOf('a', { n: 7 })] }, { type: undefined, replyTo: undefined }));
    expect({ executed, letters, replies }).toEqual({ executed: [7], letters: [], replies: [] });
  });

  it('answers failed when a handler throws or rejects, with a code only if it is ours', async () => {
    const errors: Record<number, Error> = {
      1: new CommandFailure('PROVIDER_UNAVAILABLE', 'no answer'),
      2: Object.assign(new Error('down'), { code: 'DATABASE_UNAVAILABLE' }),
      3: Object.assign(new Error('reset'), { code: 'ECONNRESET' }),
    };
    const failing = handler(double, ({ n }) => {
      if (n === 4) throw new Error('a bug');
      return Promise.reject(errors[n]);
    });
    const { consumer, letters, log, answers } = consumerOf([failing]);
    await consumer.receive(messageOf({ items: [1, 2, 3, 4].map((n) => itemOf(`${n}`, { n })) }));
    const codes = Object.fromEntries(answers().map((answer) => [answer.id, 'code' in answer && answer.code]));
    expect(codes).toEqual({ 1: 'PROVIDER_UNAVAILABLE', 2: 'DATABASE_UNAVAILABLE', 3: 'INTERNAL', 4: 'INTERNAL' });
    expect(letters).toEqual([]);
    expect(log.lines.filter(({ level }) => level === 'error')).toHaveLength(4);
  });

  it('insists until a dead letter is safe, and only then lets the message be acknowledged', async () => {
    let attempts = 0;
    const { consumer, waits, answers } = consumerOf([doubles], async () => {
      attempts++;
      if (attempts < 4) throw new Error('the queue is full');
    });
    await consumer.receive(messageOf({ items: [itemOf('a', {})] }));
    expect({ attempts, waits }).toEqual({ attempts: 4, waits: [500, 1000, 2000] });
    expect(answers()).toHaveLength(1);
  });

  it('lets a message go whose connection is lost: it is delivered again', async () => {
    const { consumer, waits } = consumerOf([doubles], () => Promise.reject(new ConnectionLostError()));
    await consumer.receive(messageOf({ items: [itemOf('a', {})] }));
    expect(waits).toEqual([]);
  });
});
