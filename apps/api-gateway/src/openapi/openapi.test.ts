import { readFileSync } from 'node:fs';
import express from 'express';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { startGateway, type TestGateway } from '../testing/gateway.js';
import { openApiDocument } from './document.js';
import { operations } from './operations.js';

const committed = () => JSON.parse(readFileSync(new URL('../../../../docs/openapi.json', import.meta.url), 'utf8'));

let gateway: TestGateway;
/** The addresses that the application was given when it was put together. */
let registered: string[];
beforeAll(async () => {
  const route = vi.spyOn(express.application, 'route');
  gateway = await startGateway();
  registered = route.mock.calls.map(([path]) => String(path)).filter((path) => path !== '/api/docs/style.css');
  route.mockRestore();
});
afterAll(() => gateway.stop());

it('is what the repository has: if not, pnpm --filter api-gateway openapi', () => {
  expect(openApiDocument()).toEqual(committed());
});

it('is served, and as a page', async () => {
  expect(await (await fetch(`${gateway.url}/api/openapi.json`)).json()).toEqual(committed());
  const page = await fetch(`${gateway.url}/api/docs`);
  expect(page.headers.get('content-security-policy')).not.toContain('unsafe');
  const text = await page.text();
  for (const { path } of operations) expect(text).toContain(path);
  expect((await fetch(`${gateway.url}/api/docs/style.css`)).status).toBe(200);
});

it('has no reference that leads nowhere, and no shape that nothing leads to', () => {
  const document = committed();
  const names = Object.keys(document.components.schemas);
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, target]) => target);
  expect(new Set(references)).toEqual(new Set(names.map((name) => `#/components/schemas/${name}`)));
});

it('names every operation once', () => {
  const ids = operations.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
});

it('documents everything that is served, and nothing else', async () => {
  const documented = operations.map(({ method, path }) => `${method} ${path}`);
  expect((await served()).sort()).toEqual(documented.sort());
});

/** Asks each address which methods it answers to. */
async function served(): Promise<string[]> {
  const routes: string[] = [];
  for (const path of registered) {
    const asked = path.replace(/:\w+/g, 'x');
    const { headers } = await fetch(`${gateway.url}${asked}`, { method: 'OPTIONS' });
    const written = path.replace(/:(\w+)/g, '{$1}');
    for (const method of (headers.get('allow') ?? '').toLowerCase().split(', '))
      if (method === 'get' || method === 'post') routes.push(`${method} ${written}`);
  }
  return routes;
}
