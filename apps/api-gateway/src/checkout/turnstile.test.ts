import { afterEach, describe, expect, it } from 'vitest';
import { HttpProblem } from '../problem.js';
import { bodyOf, confirmed, postCheckout, startGateway, type TestGateway } from '../testing/gateway.js';
import { Stub, type StubAnswer, type StubRequest } from '../testing/stub.js';
import { BELIEVED_MS, Turnstile } from './turnstile.js';

const started: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map((one) => one.stop()));
});

async function shopOf(
  answer: (request: StubRequest) => StubAnswer,
  maxCheckouts = 512,
): Promise<{ orchestrator: Stub; gateway: TestGateway }> {
  const orchestrator = await Stub.start(answer);
  const gateway = await startGateway({ orchestrators: [orchestrator.url], maxCheckouts });
  started.push(gateway, orchestrator);
  return { orchestrator, gateway };
}

const FULL: StubAnswer = { status: 503, body: { code: 'ORCHESTRATOR_FULL', message: 'no', retryAfterSeconds: 1 } };

describe('a turnstile', () => {
  it('lets in as many as there are places, and the next when somebody is done', async () => {
    const turnstile = new Turnstile(2);
    const { promise, resolve } = Promise.withResolvers<void>();
    const inside = [turnstile.hold(() => promise), turnstile.hold(() => promise)];
    expect(() => turnstile.check()).toThrow(HttpProblem);
    await expect(turnstile.hold(async () => 'never')).rejects.toThrow('ORCHESTRATOR_FULL');
    resolve();
    await Promise.all(inside);
    expect(await turnstile.hold(async () => 'in')).toBe('in');
  });

  it('is closed for a moment after it was told that there is no room behind it', () => {
    let now = 1_000;
    const turnstile = new Turnstile(2, () => now);
    turnstile.closeBriefly();
    now += BELIEVED_MS - 1;
    expect(() => turnstile.check()).toThrow('ORCHESTRATOR_FULL');
    now += 1;
    expect(() => turnstile.check()).not.toThrow();
  });

  it('does not send everybody back at the same second', () => {
    const turnstile = new Turnstile(0);
    const told = Array.from({ length: 6 }, () => {
      try {
        turnstile.check();
      } catch (error) {
        return (error as HttpProblem).options.headers?.['retry-after'];
      }
      return 'nothing';
    });
    expect(told.toSorted()).toEqual(['1', '1', '2', '2', '3', '3']);
  });
});

describe('at both doors', () => {
  it.each([
    ['/api/checkout', 201],
    ['/api/orders', 202],
  ])(
    'whoever comes to %s just after the orchestrator said that it is full is refused without asking it',
    async (path, status) => {
      let isFull = true;
      const { orchestrator, gateway } = await shopOf(({ body }) => (isFull ? FULL : confirmed(body.orderId)));
      const refused = await Promise.all(Array.from({ length: 4 }, () => postCheckout(gateway, { path })));
      // On a slow machine these come later than it is believed for.
      const more = await Promise.all(Array.from({ length: 40 }, () => postCheckout(gateway, { path })));
      for (const response of [...refused, ...more]) {
        expect([response.status, response.headers.get('retry-after')]).toEqual([503, expect.stringMatching(/^[123]$/)]);
        expect(await bodyOf(response)).toMatchObject({ code: 'ORCHESTRATOR_FULL' });
      }
      expect(orchestrator.requests.length).toBeGreaterThan(0);
      expect(orchestrator.requests.length).toBeLessThan(44);
      isFull = false;
      await expect.poll(async () => (await postCheckout(gateway, { path })).status).toBe(status);
    },
  );
});
