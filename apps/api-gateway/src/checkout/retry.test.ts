import { afterEach, describe, expect, it } from 'vitest';
import {
  bodyOf,
  confirmed,
  goodBody,
  NOBODY,
  postCheckout,
  SAGA,
  startGateway,
  type TestGateway,
} from '../testing/gateway.js';
import { Stub, type StubAnswer, type StubHandler } from '../testing/stub.js';
import { LastCall } from './last-call.js';

const started: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map((one) => one.stop()));
});

async function stub(handler: StubHandler): Promise<Stub> {
  const one = await Stub.start(handler);
  started.push(one);
  return one;
}

async function gatewayOf(orchestrators: readonly string[], defaultMs = 3_000): Promise<TestGateway> {
  const gateway = await startGateway({ orchestrators, waits: { defaultMs, maxMs: 5_000 } });
  started.unshift(gateway);
  return gateway;
}

/** Resolves as soon as `condition` holds. */
async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 5_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('it never came to that');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const unavailable = (code: string): StubAnswer => ({
  status: 503,
  body: { code, message: 'no', retryAfterSeconds: 1 },
});

/** Of a checkout that goes on, though its orchestrator does not. */
const pending: StubAnswer = confirmed('01933d5e-0000-7000-8000-000000000002', { status: 'PENDING' });

/** Does the first thing at first, then the second, … and the last from then on. */
function inTurn(...answers: (StubAnswer | 'confirmed')[]): StubHandler {
  let turn = 0;
  return ({ body }) => {
    const answer = answers[Math.min(turn++, answers.length - 1)] as StubAnswer | 'confirmed';
    return answer === 'confirmed' ? confirmed(body.orderId) : answer;
  };
}

describe('one customer, one outcome', () => {
  it.each([
    ['cuts the connection', ['cut', 'cut', 'confirmed']],
    ['has no journal for a moment', [unavailable('JOURNAL_UNAVAILABLE'), 'confirmed']],
    ['has no broker for a moment', [unavailable('BROKER_UNAVAILABLE'), 'confirmed']],
    ['answers nonsense', [{ status: 200, body: 'hello' }, { status: 500, body: '<html>' }, 'confirmed']],
    ['breaks inside', [unavailable('ORCHESTRATOR_ERROR'), 'confirmed']],
    ['is full after a lost answer', ['cut', unavailable('ORCHESTRATOR_FULL'), 'confirmed']],
  ] as [string, (StubAnswer | 'confirmed')[]][])('though the orchestrator %s', async (_what, answers) => {
    const orchestrator = await stub(inTurn(...answers));
    const gateway = await gatewayOf([orchestrator.url]);
    const response = await postCheckout(gateway, { headers: { 'idempotency-key': 'k' } });
    const { orderId } = await bodyOf(response);
    expect(response.status).toBe(201);
    expect(orchestrator.requests).toHaveLength(answers.length);
    expect(new Set(orchestrator.requests.map(({ body }) => body.orderId))).toEqual(new Set([orderId]));
    expect(new Set(orchestrator.requests.map(({ body }) => body.idempotencyKey))).toEqual(new Set(['k']));
  });

  it('though the orchestrator dies under the request and comes back', async () => {
    const orchestrator = await stub(() => 'silence');
    const gateway = await gatewayOf([orchestrator.url]);
    const answer = postCheckout(gateway);
    await until(() => orchestrator.requests.length === 1);
    await orchestrator.stop();
    orchestrator.handler = ({ body }) => confirmed(body.orderId);
    await orchestrator.listen();
    expect((await answer).status).toBe(201);
    const [first, last] = [orchestrator.requests[0], orchestrator.requests.at(-1)];
    expect(last?.body.orderId).toBe(first?.body.orderId);
    expect(Number(last?.body.waitMs)).toBeLessThan(Number(first?.body.waitMs));
  });

  it('though it is not there yet when the request comes', async () => {
    const orchestrator = await stub(({ body }) => confirmed(body.orderId));
    await orchestrator.stop();
    const gateway = await gatewayOf([orchestrator.url]);
    const answer = postCheckout(gateway);
    await until(() => gateway.logs.some(({ msg }) => msg.includes('came to nothing')));
    await orchestrator.listen();
    expect((await answer).status).toBe(201);
  });

  it('also for somebody who does not wait for the outcome', async () => {
    const orchestrator = await stub(inTurn('cut', unavailable('BROKER_UNAVAILABLE'), 'confirmed'));
    const gateway = await gatewayOf([orchestrator.url]);
    expect((await postCheckout(gateway, { path: '/api/orders' })).status).toBe(202);
  });

  it('also when the client goes away: the checkout is handed over all the same', async () => {
    const orchestrator = await stub(() => 'silence');
    const gateway = await gatewayOf([orchestrator.url]);
    const client = new AbortController();
    const gone = fetch(`${gateway.url}/api/checkout`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(goodBody()),
      signal: client.signal,
    }).catch((error: Error) => error.name);
    await until(() => orchestrator.requests.length === 1);
    client.abort();
    expect(await gone).toBe('AbortError');
    await orchestrator.stop();
    orchestrator.handler = ({ body }) => confirmed(body.orderId);
    await orchestrator.listen();
    await until(() => orchestrator.requests.length === 2);
    expect((await postCheckout(gateway)).status).toBe(201);
  });
});

describe('several orchestrators', () => {
  it('share the checkouts', async () => {
    const both = [await stub(inTurn('confirmed')), await stub(inTurn('confirmed'))];
    const gateway = await gatewayOf(both.map(({ url }) => url));
    for (let i = 0; i < 6; i++) expect((await postCheckout(gateway)).status).toBe(201);
    expect(both.map(({ requests }) => requests.length)).toEqual([3, 3]);
  });

  it('take over from one that is dead, without a pause', async () => {
    const alive = await stub(inTurn('confirmed'));
    const gateway = await gatewayOf([NOBODY, alive.url]);
    const begun = performance.now();
    for (let i = 0; i < 6; i++) expect((await postCheckout(gateway)).status).toBe(201);
    expect(performance.now() - begun).toBeLessThan(2_000);
    expect(alive.requests).toHaveLength(6);
  });

  it('take over from one that hangs, when the wait is over: the customer learns what is known', async () => {
    const hanging = await stub(() => 'silence');
    const alive = await stub(({ body }) => confirmed(body.orderId, { status: 'PENDING' }));
    const gateway = await gatewayOf([hanging.url, alive.url], 100);
    const response = await postCheckout(gateway);
    expect(response.status).toBe(202);
    expect(alive.requests[0]?.body).toMatchObject({ orderId: hanging.requests[0]?.body.orderId, waitMs: 0 });
  });

  it('wait on for a checkout whose orchestrator stops: the customer learns the outcome', async () => {
    const stopping = await stub(inTurn(pending, unavailable('ORCHESTRATOR_STOPPING')));
    const other = await stub(inTurn('confirmed'));
    const gateway = await gatewayOf([stopping.url, other.url]);
    const response = await postCheckout(gateway);
    expect(response.status).toBe(201);
    expect(response.headers.has('idempotent-replayed')).toBe(false);
    expect(other.requests[0]?.body.orderId).toBe(stopping.requests[0]?.body.orderId);
  });

  it('are not there when the only one stops for good: the customer learns that the checkout is under way', async () => {
    const stopping = await stub(inTurn(pending, unavailable('ORCHESTRATOR_STOPPING')));
    const gateway = await gatewayOf([stopping.url], 600);
    expect((await postCheckout(gateway)).status).toBe(202);
    expect(stopping.requests.length).toBeGreaterThan(1);
  });

  it('are each asked before “full” is passed on', async () => {
    const full = await stub(inTurn(unavailable('ORCHESTRATOR_FULL')));
    const roomy = await stub(inTurn('confirmed'));
    const gateway = await gatewayOf([full.url, roomy.url]);
    expect((await postCheckout(gateway)).status).toBe(201);
    roomy.handler = () => unavailable('ORCHESTRATOR_FULL');
    const response = await postCheckout(gateway);
    expect([response.status, (await bodyOf(response)).code]).toEqual([503, 'ORCHESTRATOR_FULL']);
    expect([full.requests.length, roomy.requests.length]).toEqual([2, 2]);
  });
});

describe('a gateway that has to go', () => {
  it('tells who still waits that the checkout is under way, and asks once more for that', async () => {
    const lastCall = new LastCall();
    const orchestrator = await stub(() => 'silence');
    const gateway = await startGateway({ orchestrators: [orchestrator.url], lastCall });
    started.unshift(gateway);
    const answer = postCheckout(gateway);
    await until(() => orchestrator.requests.length === 1);
    orchestrator.handler = ({ body }) => confirmed(body.orderId, { status: 'PENDING' });
    lastCall.make();
    expect((await answer).status).toBe(202);
    expect(orchestrator.requests[1]?.body).toMatchObject({
      orderId: orchestrator.requests[0]?.body.orderId,
      waitMs: 0,
    });
  });

  it('tells who still waits that it does not know, if nobody answers', async () => {
    const lastCall = new LastCall();
    const orchestrator = await stub(() => 'silence');
    const gateway = await startGateway({ orchestrators: [orchestrator.url], lastCall });
    started.unshift(gateway);
    const answer = postCheckout(gateway);
    await until(() => orchestrator.requests.length === 1);
    await orchestrator.stop();
    lastCall.make();
    expect(await bodyOf(await answer)).toMatchObject({ code: 'CHECKOUT_OUTCOME_UNKNOWN' });
  });
});

describe('when the wait is over', () => {
  it('and nobody was reached: nothing was started', async () => {
    const gateway = await gatewayOf([NOBODY], 200);
    const begun = performance.now();
    const response = await postCheckout(gateway);
    const body = await bodyOf(response);
    expect([response.status, body.code]).toEqual([503, 'CHECKOUT_UNAVAILABLE']);
    expect(response.headers.get('retry-after')).toBe('2');
    expect(body.detail).toContain('Nothing was started');
    expect(body).not.toHaveProperty('orderId');
    expect(performance.now() - begun).toBeLessThan(2_000);
    expect(gateway.logs.filter(({ level }) => level === 'error')).toHaveLength(1);
  });

  it.each([
    ['an answer was lost', 'cut' as const],
    ['the journal was in doubt', unavailable('JOURNAL_UNAVAILABLE')],
  ])('and %s: it says that it does not know, and that repeating is safe', async (_what, answer) => {
    const orchestrator = await stub(() => answer);
    const gateway = await gatewayOf([orchestrator.url], 200);
    const response = await postCheckout(gateway);
    const body = await bodyOf(response);
    expect([response.status, body.code]).toEqual([503, 'CHECKOUT_OUTCOME_UNKNOWN']);
    expect(response.headers.has('retry-after')).toBe(true);
    expect(body.detail).toMatch(
      /not known whether the checkout began.*safe.*Idempotency-Key.*same cart within a minute/,
    );
  });

  it('and the orchestrator never answers: the same', async () => {
    const orchestrator = await stub(() => 'silence');
    const gateway = await gatewayOf([orchestrator.url], 100);
    const response = await postCheckout(gateway);
    expect([response.status, (await bodyOf(response)).code]).toEqual([503, 'CHECKOUT_OUTCOME_UNKNOWN']);
  });

  it('and only the broker was missing: nothing was started', async () => {
    const orchestrator = await stub(() => unavailable('BROKER_UNAVAILABLE'));
    const gateway = await gatewayOf([orchestrator.url], 200);
    expect(await bodyOf(await postCheckout(gateway))).toMatchObject({ code: 'CHECKOUT_UNAVAILABLE' });
    expect(orchestrator.requests.length).toBeGreaterThan(1);
    expect(orchestrator.requests.at(-1)?.body).not.toMatchObject({ sagaId: SAGA });
  });
});

describe('when more come than can be served', () => {
  it('those past the limit are refused at once, without an orchestrator being asked; others go on, and places come back', async () => {
    let release = () => {};
    const open = new Promise<void>((resolve) => {
      release = resolve;
    });
    const orchestrator = await stub(async ({ body }) => {
      await open;
      return confirmed(body.orderId);
    });
    const gateway = await startGateway({ orchestrators: [orchestrator.url], maxCheckouts: 2 });
    started.unshift(gateway);
    const first = [postCheckout(gateway), postCheckout(gateway, { path: '/api/orders' })];
    await until(() => orchestrator.requests.length === 2);
    for (const path of ['/api/checkout', '/api/orders']) {
      const refused = await postCheckout(gateway, { path });
      expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, expect.stringMatching(/^[123]$/)]);
      expect(await bodyOf(refused)).toMatchObject({ code: 'ORCHESTRATOR_FULL' });
    }
    expect(orchestrator.requests).toHaveLength(2);
    release();
    expect((await Promise.all(first)).map(({ status }) => status)).toEqual([201, 202]);
    expect((await postCheckout(gateway)).status).toBe(201);
  });
});
