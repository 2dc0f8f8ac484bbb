import { randomUUID } from 'node:crypto';
import { createTestDatabase, type TestDatabase } from '@saga-checkout/database/testing';
import { health, payment, paymentRecord } from '@saga-checkout/shared-types';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { disagreements } from './testing/books.js';
import { ServiceProcess, TestSender, until } from './testing/service-process.js';

const RABBITMQ_URL = process.env.TEST_RABBITMQ_URL ?? 'amqp://admin:admin@127.0.0.1:5672';

const paying = (method = 'tok_visa') => ({
  orderId: randomUUID(),
  amount: '79.97',
  currency: 'USD',
  payment: { method, provider: 'simulated' as const },
});

// Starting a process takes its time on a busy machine.
const PATIENCE = { timeout: 30_000 };

describe('the service as a process', PATIENCE, () => {
  let database: TestDatabase;
  let service: ServiceProcess;
  let sender: TestSender;
  let url: string;

  const start = () =>
    new ServiceProcess({ DB_URL: database.url, RABBITMQ_URL, PAYMENT_FAILURE_RATE: '0', PROVIDER_TIMEOUT_MS: '500' });
  beforeAll(async () => {
    database = await createTestDatabase({ migrations: new URL('../drizzle', import.meta.url) });
    service = start();
    sender = new TestSender(RABBITMQ_URL, payment.process.queue);
    url = await service.url();
    await until('ready', async () => (await fetch(`${url}/health/ready`)).ok);
    await sender.start();
  }, PATIENCE.timeout);
  afterAll(async () => {
    await sender.close();
    await service.end();
    await database.drop();
  });

  const get = async (path: string) => {
    const response = await fetch(url + path);
    return { status: response.status, body: await response.json() };
  };

  it('charges, refunds, and serves what has become of it', async () => {
    const payload = paying();
    const { orderId } = payload;
    const [paid] = await sender.ask(payment.process, [payload]);
    expect(paid).toMatchObject({ outcome: 'done' });
    const { paymentId, transactionId } = payment.process.reply.parse((paid as { data: unknown }).data);
    const record = paymentRecord.parse((await get(`/payments/${orderId}`)).body);
    expect(record).toEqual({
      id: paymentId,
      status: 'SUCCESS',
      amount: '79.97',
      currency: 'USD',
      method: 'tok_visa',
      provider: 'simulated',
      transactionId,
      createdAt: record.createdAt,
    });
    expect(await sender.ask(payment.refund, [{ orderId, reason: 'ORDER_CANCELLED' }])).toMatchObject([
      { outcome: 'done' },
    ]);
    expect((await get(`/payments/${orderId}`)).body).toMatchObject({ status: 'REFUNDED', transactionId });
  });

  it('says why a payment was declined', async () => {
    const payload = paying('tok_insufficient_funds');
    expect(await sender.ask(payment.process, [payload])).toMatchObject([
      { outcome: 'refused', code: 'PAYMENT_DECLINED', details: { declineCode: 'INSUFFICIENT_FUNDS' } },
    ]);
    const { body } = await get(`/payments/${payload.orderId}`);
    expect(paymentRecord.parse(body)).toMatchObject({ status: 'FAILED', declineCode: 'INSUFFICIENT_FUNDS' });
  });

  it('answers each of many commands as soon as it can, whatever becomes of the others', async () => {
    const methods = ['tok_timeout', 'tok_lost_answer', ...Array.from({ length: 300 }, () => 'card')];
    const replies = await sender.ask(payment.process, methods.map(paying));
    expect(replies.map(({ outcome }) => outcome)).toEqual(['failed', 'done', ...methods.slice(2).map(() => 'done')]);
    expect(replies[0]).toMatchObject({ code: 'PROVIDER_TIMEOUT' });
  });

  it('serves a tombstone as a cancelled payment, and knows nothing of others', async () => {
    const { orderId } = paying();
    await sender.ask(payment.refund, [{ orderId, reason: 'never processed' }]);
    expect(paymentRecord.parse((await get(`/payments/${orderId}`)).body)).toMatchObject({ status: 'CANCELLED' });
    for (const unknown of [randomUUID(), '42'])
      expect(await get(`/payments/${unknown}`)).toMatchObject({ status: 404, body: { code: 'PAYMENT_NOT_FOUND' } });
  });

  it('says how it is', async () => {
    const { dependencies, ...rest } = health.parse((await get('/health')).body);
    expect(rest).toEqual({ status: 'healthy', service: 'payment-service' });
    expect(Object.keys(dependencies)).toEqual(['database', 'broker', 'migrations']);
    expect(await (await fetch(`${url}/metrics`)).text()).toContain('service="payment-service"');
  });

  it('leaves the rest to a sibling when it is killed, and the books balance', async () => {
    const payloads = Array.from({ length: 400 }, () => paying());
    const recorded = async () => (await database.pool.query('SELECT count(*)::int FROM payments')).rows[0].count;
    const before = await recorded();
    const replies = sender.ask(payment.process, payloads);
    await until('it has begun', async () => (await recorded()) > before);
    await service.end('SIGKILL');
    service = start();
    url = await service.url();
    expect((await replies).map(({ outcome }) => outcome)).toEqual(payloads.map(() => 'done'));
    expect(await disagreements(database.pool)).toEqual([]);
  });

  it('finishes what is under way and ends with 0 when it is asked to stop', async () => {
    const another = start();
    await another.url();
    expect(await another.end('SIGTERM')).toBe(0);
    expect(another.output).toContain('stopped');
  });
});

describe('a service in trouble', PATIENCE, () => {
  it('starts without database and broker, and tells the truth', async () => {
    const nowhere = { DB_URL: 'postgres://a:b@127.0.0.1:1/payments', RABBITMQ_URL: 'amqp://a:b@127.0.0.1:1' };
    const service = new ServiceProcess(nowhere);
    const url = await service.url();
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    const ready = await fetch(`${url}/health/ready`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({ failing: ['database', 'broker', 'migrations'] });
    const read = await fetch(`${url}/payments/${randomUUID()}`);
    expect(read.status).toBe(503);
    expect(await read.json()).toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    expect(await service.end('SIGTERM')).toBe(0);
  });

  it('says everything that is wrong with its configuration, and ends', async () => {
    const service = new ServiceProcess({ PORT: 'x', PAYMENT_FAILURE_RATE: '5%', PROVIDER_TIMEOUT_MS: '0' });
    expect(await service.ended()).toBe(1);
    for (const name of ['PORT', 'PAYMENT_FAILURE_RATE', 'PROVIDER_TIMEOUT_MS'])
      expect(service.output).toContain(`${name} is `);
    expect(service.output).toContain('To fix it');
    expect(service.output).not.toContain('    at ');
  });
});
