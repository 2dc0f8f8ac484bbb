import { afterAll, beforeAll, expect, it } from 'vitest';
import { OTHER_PRODUCT, PRODUCT, startGateway, type TestGateway } from '../testing/gateway.js';
import { Stub, type StubAnswer } from '../testing/stub.js';

const mouse = { id: PRODUCT, name: 'Mouse', description: 'A mouse', price: '29.99', currency: 'USD', available: 7 };
let inventory: Stub;
let gateway: TestGateway;

const catalog = (path: string): StubAnswer => {
  if (path === '/products') return { status: 200, body: { items: [{ ...mouse, version: 3 }] } };
  if (path === `/products/${PRODUCT}`) return { status: 200, body: { ...mouse, version: 3 } };
  return { status: 404, body: { code: 'PRODUCT_NOT_FOUND', message: 'no' } };
};

beforeAll(async () => {
  inventory = await Stub.start(({ path }) => catalog(path));
  gateway = await startGateway({ inventory: inventory.url });
});
afterAll(async () => {
  await gateway.stop();
  await inventory.stop();
});

const get = async (path: string) => {
  const response = await fetch(`${gateway.url}${path}`);
  return [response.status, await response.json()] as const;
};

it('lists the catalog, and nothing of how it is kept', async () => {
  expect(await get('/api/products')).toEqual([200, { items: [mouse] }]);
});

it('shows one product, or 404', async () => {
  expect(await get(`/api/products/${PRODUCT.toUpperCase()}`)).toEqual([200, mouse]);
  expect(await get(`/api/products/${OTHER_PRODUCT}`)).toMatchObject([404, { code: 'PRODUCT_NOT_FOUND' }]);
});

it('is 503 while the inventory-service is gone', async () => {
  inventory.handler = () => 'cut';
  expect(await get('/api/products')).toMatchObject([503, { code: 'CATALOG_UNAVAILABLE' }]);
  expect(await get(`/api/products/${PRODUCT}`)).toMatchObject([503, { code: 'CATALOG_UNAVAILABLE' }]);
  inventory.handler = ({ path }) => catalog(path);
});
