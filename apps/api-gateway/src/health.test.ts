import { health } from '@saga-checkout/shared-types';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { NOBODY, postCheckout, startGateway, type TestGateway } from './testing/gateway.js';
import { Stub, type StubAnswer } from './testing/stub.js';

const ready: StubAnswer = { status: 200, body: { status: 'ready' } };
const notReady: StubAnswer = { status: 503, body: { status: 'not ready' } };
let service: Stub;
let orchestrator: Stub;
let gateways: TestGateway[] = [];

beforeEach(async () => {
  service = await Stub.start(() => ready);
  orchestrator = await Stub.start(() => ready);
});
afterEach(async () => {
  await Promise.all(gateways.map((gateway) => gateway.stop()));
  gateways = [];
  await service.stop();
  await orchestrator.stop();
});

async function gatewayWith(
  orchestrators: string[],
  rest: string,
): Promise<(path: string) => Promise<[number, unknown]>> {
  const gateway = await startGateway({ orchestrators, orders: rest, inventory: rest, payments: rest });
  gateways.push(gateway);
  return async (path) => {
    const response = await fetch(`${gateway.url}${path}`);
    return [response.status, await response.json()];
  };
}

it('live needs nothing', async () => {
  const get = await gatewayWith([NOBODY], NOBODY);
  expect(await get('/health/live')).toMatchObject([200, { status: 'live', service: 'api-gateway' }]);
});

it('ready needs an orchestrator that is ready, and no other service', async () => {
  const get = await gatewayWith([orchestrator.url], NOBODY);
  expect(await get('/health/ready')).toMatchObject([200, { status: 'ready' }]);
  orchestrator.handler = () => notReady;
  expect(await get('/health/ready')).toMatchObject([503, { failing: ['orchestrator'] }]);
});

it('one orchestrator of two is enough', async () => {
  const get = await gatewayWith([NOBODY, orchestrator.url], NOBODY);
  for (let i = 0; i < 4; i++) expect((await get('/health/ready'))[0]).toBe(200);
});

it('health lists all four', async () => {
  const get = await gatewayWith([orchestrator.url], service.url);
  const [status, body] = await get('/health');
  expect([status, health.parse(body).status]).toEqual([200, 'healthy']);
  const names = ['inventory-service', 'orchestrator', 'order-service', 'payment-service'];
  expect(Object.keys(health.parse(body).dependencies).sort()).toEqual(names);
  orchestrator.handler = () => notReady;
  const [, degraded] = await get('/health');
  expect(degraded).toMatchObject({
    status: 'degraded',
    dependencies: { orchestrator: { status: 'down', message: 'answered 503' }, 'order-service': { status: 'up' } },
  });
  expect(await (await gatewayWith([NOBODY], NOBODY))('/health')).toMatchObject([503, { status: 'unhealthy' }]);
});

it('metrics count requests by route and status', async () => {
  await gatewayWith([NOBODY], NOBODY);
  const gateway = gateways[0] as TestGateway;
  await postCheckout(gateway, { body: {} });
  await fetch(`${gateway.url}/api/nowhere`);
  const text = await (await fetch(`${gateway.url}/metrics`)).text();
  expect(text).toMatch(/http_request_duration_seconds_count\{.*route="\/api\/checkout".*status="400".*\} 1/);
  expect(text).toMatch(/http_request_duration_seconds_count\{.*route="none".*status="404".*\} 1/);
});
