import type { ReplyItem } from '@saga-checkout/shared-types';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CommandClient } from './command-client.js';
import { type Faults, type MessageFault, receiverPoints, senderPoints } from './faults.js';
import { BROKER_URL, itemOf, type TestBroker, testBroker } from './test/broker.js';
import { startParticipant, type TestParticipant } from './test/participant.js';
import { recordingLog } from './test/recording-log.js';
import { until } from './test/until.js';

/** What has been passed, and what is to be done to messages: the first of a kind, once. */
class Scripted implements Faults {
  readonly passed: string[] = [];
  readonly #script: Partial<Record<'command' | 'reply', MessageFault>>;

  constructor(script: Partial<Record<'command' | 'reply', MessageFault>> = {}) {
    this.#script = script;
  }

  reached(point: string): void {
    this.passed.push(point);
  }

  messageFault(kind: 'command' | 'reply'): MessageFault | undefined {
    const fault = this.#script[kind];
    delete this.#script[kind];
    return fault;
  }
}

let broker: TestBroker;
let client: CommandClient;
let participant: TestParticipant;
let replies: ReplyItem[];
beforeEach(async () => {
  broker = await testBroker('faults');
  replies = [];
});
afterEach(async () => {
  await participant.app.close();
  await client.close();
  await broker.close();
});

async function open(faults: Scripted): Promise<void> {
  participant = await startParticipant(broker, BROKER_URL, undefined, faults);
  const queues = [broker.topology];
  client = new CommandClient({ url: BROKER_URL, queues, log: recordingLog(), connectionName: 'sender', faults });
  client.onReply((reply) => replies.push(reply));
  await client.start();
  await until('both are connected', () => client.isConnected() && participant.messaging.isConnected());
}

const send = (n: number) =>
  client.send([{ name: broker.double.name, queue: broker.queue, item: itemOf(String(n), { n }) }]);
const answered = (count: number) => until(`${count} answers`, () => replies.length === count);

describe('boundaries', () => {
  it('are passed in order, all that are listed, each when the broker has what came before it', async () => {
    const faults = new Scripted();
    await open(faults);
    send(1);
    const { name } = broker.double;
    const listed = receiverPoints([name]);
    await until('all are passed', () => faults.passed.length === listed.length + 1);
    expect(faults.passed.filter((point) => listed.includes(point))).toEqual(listed);
    expect(faults.passed).toContain(senderPoints([name])[0]);
    expect(await broker.countOf(broker.queue)).toBe(0);
    expect(replies).toHaveLength(1);
  });
});

describe('a command', () => {
  it('that is duplicated is executed twice, and answered to its sender once', async () => {
    await open(new Scripted({ command: { kind: 'duplicate' } }));
    send(1);
    await until('two executions', () => participant.executed.length === 2);
    send(2);
    await answered(2);
    expect(participant.executed).toEqual([1, 1, 2]);
    expect(replies.map(({ id }) => id)).toEqual(['1', '2']);
  });

  it('that is lost is never executed; the next one is', async () => {
    await open(new Scripted({ command: { kind: 'lose' } }));
    send(1);
    send(2);
    await answered(1);
    expect(participant.executed).toEqual([2]);
  });

  it('that is delayed is overtaken by the next one', async () => {
    await open(new Scripted({ command: { kind: 'delay', delayMs: 200 } }));
    send(1);
    send(2);
    await answered(2);
    expect(participant.executed).toEqual([2, 1]);
  });
});

describe('an answer', () => {
  it.each([
    ['duplicated', { kind: 'duplicate' }, ['1', '2']],
    ['lost', { kind: 'lose' }, ['2']],
    ['delayed', { kind: 'delay', delayMs: 500 }, ['2', '1']],
  ] as const)('that is %s: its command is executed once, and its message acknowledged', async (_, reply, heard) => {
    await open(new Scripted({ reply }));
    send(1);
    await until('the first is executed', () => participant.executed.length === 1);
    send(2);
    await answered(heard.length);
    expect(replies.map(({ id }) => id)).toEqual(heard);
    expect(participant.executed).toEqual([1, 2]);
    await until('the queue is empty', async () => (await broker.countOf(broker.queue)) === 0);
  });
});
