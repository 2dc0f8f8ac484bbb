import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { defineSaga, MemoryStore, type Outcome, type OutgoingCommand, SagaRuntime } from '@saga-checkout/saga';
import { sagaDetail, sagaPage } from '@saga-checkout/shared-types';
import express from 'express';
import { v7 as uuid } from 'uuid';
import { afterEach, expect, it } from 'vitest';
import { z } from 'zod';
import { sagasRouter } from './sagas.router.js';
import { Sagas } from './sagas.service.js';

const command = (name: string) =>
  ({ name, queue: name, payload: z.object({}), reply: z.object({}), refusals: ['NO'] }) as const;
/** Two steps; the first is taken back by a command that participants may refuse to do. */
const saga = defineSaga('trip', { version: 1, input: z.object({ guest: z.string() }) })
  .step('book', command('hotel.book'), () => ({}))
  .compensate(command('hotel.cancel'), () => ({}), { retry: { maxAttempts: 1 } })
  .step('pay', command('bank.pay'), () => ({}), { retry: { maxAttempts: 1 } })
  .build();

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** Sagas behind the interface; `answer` is what participants say, or nothing. */
async function office(answer: (name: string) => Outcome | undefined) {
  const store = new MemoryStore();
  let listener: (id: string, outcome: Outcome) => void = () => {};
  const send = (commands: readonly OutgoingCommand[]) => {
    for (const { id, name } of commands) {
      const outcome = answer(name);
      if (outcome !== undefined) setImmediate(() => listener(id, outcome));
    }
  };
  const onReply = (callback: typeof listener) => {
    listener = callback;
  };
  const runtime = new SagaRuntime({ definitions: [saga], store, sender: { send, onReply }, owner: 'test' });
  await runtime.start();
  const server: Server = createServer(express().use(sagasRouter(new Sagas({ runtime, store })))).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(
    () => runtime.stop(0),
    () => new Promise((resolve) => server.close(resolve)),
  );
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const begin = async (businessKey: string) => {
    const sagaId = uuid();
    await runtime.run(saga, { sagaId, businessKey, input: { guest: 'Ada' } });
    return sagaId;
  };
  const ask = async (path: string, body?: object) => {
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    const response = await fetch(`${url}${path}`, body === undefined ? {} : init);
    return { status: response.status, body: JSON.parse(await response.text()) };
  };
  const is = (sagaId: string, status: string) =>
    expect.poll(async () => (await ask(`/sagas/${sagaId}`)).body.status).toBe(status);
  return { begin, ask, is };
}

const done: Outcome = { outcome: 'done', data: {} };
const failed: Outcome = { outcome: 'failed', code: 'DOWN', message: 'the hotel does not answer' };
const ada = { reason: 'the guest called', by: 'ada@example.org' };

it('shows a parked saga in lists and in full, and has it retried', async () => {
  let isDown = true;
  const said = (name: string) => (name === 'hotel.book' ? done : isDown ? failed : done);
  const { begin, ask, is } = await office(said);
  const sagaId = await begin('trip-1');
  await is(sagaId, 'COMPENSATION_FAILED');

  const page = await ask('/sagas?status=COMPENSATION_FAILED,PAUSED&text=trip&errorCode=DOWN&step=book');
  expect(sagaPage.parse(page.body).items).toMatchObject([{ id: sagaId, businessKey: 'trip-1', currentStep: 'book' }]);
  const { body } = await ask(`/sagas/${sagaId}`);
  expect(sagaDetail.parse(body)).toMatchObject({ input: { guest: 'Ada' }, failure: { code: 'DOWN', step: 'pay' } });
  expect(body.logs.at(-1)).toMatchObject({ event: 'COMPENSATION_FAILED', step: 'book' });

  isDown = false;
  expect(await ask(`/sagas/${sagaId}/retry`, ada)).toMatchObject({ status: 202, body: { id: sagaId } });
  await is(sagaId, 'COMPENSATED');
  const { logs } = (await ask(`/sagas/${sagaId}`)).body;
  expect(logs.find(({ event }: { event: string }) => event === 'SAGA_RETRIED').data).toEqual(ada);
});

it('pauses and resumes, skips and cancels; what does not apply is 409 and says why', async () => {
  const { begin, ask, is } = await office((name) => (name === 'bank.pay' ? undefined : done));
  const [first, second] = [await begin('a'), await begin('b')];
  await expect.poll(async () => (await ask(`/sagas/${first}`)).body.currentStep).toBe('pay');
  expect(await ask(`/sagas/${first}/pause`, ada)).toMatchObject({ status: 202, body: { status: 'PAUSED' } });
  expect(await ask(`/sagas/${first}/pause`, ada)).toMatchObject({ status: 409, body: { code: 'NOT_APPLICABLE' } });
  expect(await ask(`/sagas/${first}/resume`, ada)).toMatchObject({ status: 202, body: { status: 'RUNNING' } });
  expect(await ask(`/sagas/${first}/skip`, ada)).toMatchObject({
    status: 400,
    body: { errors: [{ pointer: '/step' }] },
  });
  expect(await ask(`/sagas/${first}/skip`, { ...ada, step: 'pay', reply: {} })).toMatchObject({ status: 202 });
  await is(first, 'COMPLETED');
  expect(await ask(`/sagas/${second}/compensate`, ada)).toMatchObject({ status: 202 });
  await is(second, 'COMPENSATED');
  expect(await ask(`/sagas/${second}/cancel`, ada)).toMatchObject({ status: 409 });
});

it('does the same to many: counts them first, then does it and says what became of each', async () => {
  const { begin, ask, is } = await office((name) => (name === 'bank.pay' ? undefined : done));
  const ids = [await begin('c-1'), await begin('c-2'), await begin('d-1')];
  const filter = { text: 'c-' };
  const dry = await ask('/sagas/bulk', { filter, action: 'pause', ...ada, dryRun: true });
  expect(dry.body).toEqual({ dryRun: true, matched: 2, applied: 0, more: false, results: [] });
  await ask(`/sagas/${ids[0]}/pause`, ada);
  const { status, body } = await ask('/sagas/bulk', { filter, action: 'pause', ...ada });
  expect({ status, matched: body.matched, applied: body.applied }).toEqual({ status: 200, matched: 2, applied: 1 });
  expect(body.results.find(({ id }: { id: string }) => id === ids[0])).toMatchObject({ code: 'NOT_APPLICABLE' });
  await is(ids[1]!, 'PAUSED');
  await is(ids[2]!, 'RUNNING');
  const limited = await ask('/sagas/bulk', { filter, action: 'resume', ...ada, limit: 1 });
  expect(limited.body).toMatchObject({ matched: 1, applied: 1, more: true });
});

it('counts the journal and this process', async () => {
  const { begin, ask } = await office(() => undefined);
  await begin('e');
  const { body } = await ask('/sagas/statistics');
  expect(body.journal).toEqual([{ type: 'trip', version: 1, status: 'RUNNING', count: 1 }]);
  expect(body.process.definitions).toMatchObject([{ type: 'trip', started: 1 }]);
});

it('refuses what makes no sense, with what is wrong', async () => {
  const { ask } = await office(() => undefined);
  expect((await ask('/sagas?status=LOST')).status).toBe(400);
  expect((await ask('/sagas?limit=0&color=red')).body.errors).toHaveLength(2);
  expect((await ask('/sagas?cursor=xyz')).status).toBe(400);
  expect((await ask(`/sagas/${uuid()}`)).body.code).toBe('SAGA_NOT_FOUND');
  expect((await ask('/sagas/none')).status).toBe(404);
  expect((await ask(`/sagas/${uuid()}/retry`, ada)).body.code).toBe('SAGA_NOT_FOUND');
  expect((await ask(`/sagas/${uuid()}/explode`, ada)).status).toBe(404);
  expect((await ask(`/sagas/${uuid()}/retry`, { by: 'ada' })).body.errors).toMatchObject([{ pointer: '/reason' }]);
  const all = await ask('/sagas/bulk', { filter: {}, action: 'cancel', ...ada });
  expect(all.body.errors).toMatchObject([{ pointer: '/filter' }]);
});
