import { randomUUID } from 'node:crypto';
import { type AuditOptions, audit, type InvariantReport, invariants } from '@saga-checkout/auditor';
import amqp, { type ChannelModel, type ConfirmChannel } from 'amqplib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BACKPACK, cartOf, line } from './support/cart.js';
import { eventually } from './support/eventually.js';
import { COMMAND_QUEUES, itemOf } from './support/rabbit.js';
import { sharedServers, sharedShop } from './support/shared-shop.js';
import { dropVhost, makeVhost } from './support/vhost.js';

/** Queues in a virtual host in which nobody consumes: what lies in them stays. */
const shop = sharedShop();
const { rabbitmq } = sharedServers();
const managementUrl = rabbitmq.managementUrl ?? '';
const vhost = `auditor_${randomUUID().slice(0, 8)}`;
const ALL = COMMAND_QUEUES.flatMap((queue) => [queue, `${queue}.dead_letters`]);
let url: string;
let connection: ChannelModel;
let channel: ConfirmChannel;
let sagaId: string;

beforeAll(async () => {
  url = await makeVhost(rabbitmq, vhost);
  connection = await amqp.connect(url);
  channel = await connection.createConfirmChannel();
  for (const queue of ALL) await channel.assertQueue(queue, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
  sagaId = (await shop.checkout(cartOf([line(BACKPACK)]))).body.sagaId;
  await shop.settled();
});
beforeEach(async () => {
  for (const queue of ALL) await channel.purgeQueue(queue);
});
afterAll(async () => {
  await connection.close();
  await dropVhost(rabbitmq, vhost);
});

async function put(queue: string, body: string, headers: Record<string, string> = {}): Promise<void> {
  channel.sendToQueue(queue, Buffer.from(body), { persistent: true, type: 'order.create', headers });
  await channel.waitForConfirms();
}

/** What the auditor says of I16. The counts need not be fresh: whoever waits for one asks again. */
async function queues(broker: Partial<AuditOptions['broker']> = {}): Promise<InvariantReport> {
  const options = { databaseUrls: shop.address.databases, moment: 'rest', graceMs: 100, countsAgeMs: 0 } as const;
  const report = await audit({ ...options, broker: { url, managementUrl, ...broker } });
  return report.invariants.at(-1) as InvariantReport;
}

const commandOf = (...sagaIds: string[]) =>
  JSON.stringify({ items: sagaIds.map((id) => itemOf(id, 'createOrder', {})) });

describe('of the queues, the auditor says', () => {
  it('that they are empty', async () => {
    expect(await queues()).toMatchObject({ name: 'I16', result: 'ok', checked: 3, offending: 0 });
  });

  it('that a command waits', async () => {
    await put('order_commands', commandOf(sagaId));
    const { result, first } = await queues();
    expect(result).toBe('broken');
    expect(first).toEqual([{ queue: 'order_commands', text: 'messages in order_commands: 1 wait' }]);
  });

  it('that a consumer holds a command and does not acknowledge it', async () => {
    await put('payment_commands', commandOf(sagaId));
    const held = await channel.get('payment_commands');
    if (held === false) throw new Error('there is nothing to hold');
    const found = await eventually('the broker to have counted', async () => (await queues()).first[0]);
    channel.ack(held);
    expect(found.text).toBe('messages in payment_commands: a consumer holds 1, unacknowledged');
    await eventually('the broker to have counted again', async () => (await queues()).result === 'ok');
  });

  it('that all dead letters belong to known sagas, whoever put them aside', async () => {
    await put('inventory_commands.dead_letters', 'of our own', { 'x-saga-id': sagaId, 'x-reason': 'INVALID_PAYLOAD' });
    await put('inventory_commands.dead_letters', commandOf(sagaId, sagaId), {
      'x-first-death-reason': 'delivery_limit',
    });
    expect(await queues()).toMatchObject({ result: 'ok', checked: 5 });
  });

  it('that dead letters belong to nobody', async () => {
    const stranger = randomUUID();
    await put('order_commands.dead_letters', 'no JSON', { 'x-reason': 'BROKEN_JSON' });
    await put('order_commands.dead_letters', '{}', { 'x-saga-id': stranger, 'x-reason': 'INVALID_PAYLOAD' });
    await put('payment_commands.dead_letters', commandOf(sagaId, stranger), {
      'x-first-death-reason': 'delivery_limit',
    });
    const { offending, first } = await queues();
    expect(offending).toBe(3);
    expect(first.map(({ text }) => text)).toEqual([
      'a dead letter that names no saga in order_commands.dead_letters (order.create, BROKEN_JSON): no JSON',
      `a dead letter of saga ${stranger}, which is not known, in order_commands.dead_letters (order.create, INVALID_PAYLOAD): {}`,
      expect.stringContaining(`a dead letter of saga ${sagaId}, ${stranger}, which is not known, in payment_commands`),
    ]);
    expect(first.map((offence) => [offence.queue, offence.sagaId])).toEqual([
      ['order_commands', undefined],
      ['order_commands', stranger],
      ['payment_commands', stranger],
    ]);
  });

  it('the same when it is asked again: it takes nothing away', async () => {
    await put('order_commands.dead_letters', 'no JSON');
    for (let time = 1; time <= 3; time++) expect(await queues()).toMatchObject({ offending: 1 });
    expect((await channel.checkQueue('order_commands.dead_letters')).messageCount).toBe(1);
  });

  it('that recorded letters belong to nobody, unless somebody has dealt with them', async () => {
    const stranger = randomUUID();
    const insert = `insert into dead_letters
        (id, status, queue, reason, saga_id, content, decided_reason, decided_by, decided_at, ended_at)
      values ('known', 'OPEN', 'order_commands', 'INVALID_PAYLOAD', $1, 'known', null, null, null, null),
        ('strange', 'REDRIVING', 'order_commands', 'INVALID_PAYLOAD', $2, 'strange', 'x', 'x', now(), null),
        ('broken', 'OPEN', 'payment_commands', 'BROKEN_JSON', null, '\\x007bff', null, null, null, null),
        ('odd', 'OPEN', 'payment_commands', 'INVALID_PAYLOAD', 'no uuid', '{}', null, null, null, null),
        ('discarded', 'DISCARDED', 'payment_commands', 'INVALID_PAYLOAD', $2, '{}', 'x', 'x', now(), now())`;
    await shop.rows('orchestrator', insert, [sagaId, stranger]);
    try {
      const { checked, offending, first } = await queues();
      expect([checked, offending]).toEqual([3 + 4, 3]);
      expect(first.map(({ text }) => text)).toEqual([
        'a dead letter that names no saga in the table, OPEN (payment_commands, null, BROKEN_JSON; id broken): \\000{\\377',
        'a dead letter of saga no uuid, which is not known, in the table, OPEN (payment_commands, null, INVALID_PAYLOAD; id odd): {}',
        `a dead letter of saga ${stranger}, which is not known, in the table, REDRIVING (order_commands, null, INVALID_PAYLOAD; id strange): strange`,
      ]);
    } finally {
      await shop.rows('orchestrator', 'delete from dead_letters');
    }
  });

  it('that somebody holds dead letters and does not record them', async () => {
    await put('order_commands.dead_letters', 'of our own', { 'x-saga-id': sagaId, 'x-reason': 'INVALID_PAYLOAD' });
    const held = await channel.get('order_commands.dead_letters');
    if (held === false) throw new Error('there is nothing to hold');
    const found = await eventually('the broker to have counted', async () => (await queues()).first[0]);
    channel.ack(held);
    expect(found.text).toBe('messages in order_commands.dead_letters: 1 are held and not recorded');
    await eventually('the broker to have counted again', async () => (await queues()).result === 'ok');
  });

  it('nothing, but what to do, when a queue, the broker or its management is missing', async () => {
    const { result, problem } = await queues({ url: rabbitmq.url });
    expect([result, problem?.message]).toEqual(['unknown', 'the broker has no queue order_commands']);
    expect(problem?.cure).toContain('RABBITMQ_URL');
    expect((await queues({ url: 'amqp://127.0.0.1:1' })).problem?.message).toContain('cannot be reached');
    const unmanaged = await queues({ managementUrl: 'http://127.0.0.1:1' });
    expect(unmanaged.problem?.message).toContain('does not say what consumers hold');
    expect(unmanaged.problem?.cure).toContain('rabbitmq_management');
  });

  it('nothing while the shop is at work', async () => {
    const report = await audit({ databaseUrls: shop.address.databases, moment: 'any', broker: { url, managementUrl } });
    const asked = report.invariants.filter(({ result }) => result !== 'not asked').map(({ name }) => name);
    expect(asked).toEqual(invariants.filter(({ holds }) => holds === 'always').map(({ name }) => name));
    expect(report.invariants.at(-1)?.result).toBe('not asked');
  });
});
