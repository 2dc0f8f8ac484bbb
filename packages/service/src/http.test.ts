import express from 'express';
import { afterEach, describe, expect, it } from 'vitest';
import { createHealth, type HealthCheck } from './health.js';
import { type Listening, listen } from './listen.js';
import { createMetrics } from './metrics.js';
import { StartupError } from './startup-error.js';

const servers: Listening[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close(0);
});

async function serve(
  router: express.Router,
): Promise<(path: string) => Promise<{ status: number; text: string; body: unknown }>> {
  const server = await listen(express().use(router), { host: '127.0.0.1', port: 0, service: 'test-service' });
  servers.push(server);
  const { port } = server;
  return async (path) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { connection: 'close' } });
    const text = await response.text();
    return { status: response.status, text, body: text.startsWith('{') ? JSON.parse(text) : undefined };
  };
}

const healthOf = (checks: Record<string, HealthCheck>, isStopping = () => false) =>
  serve(createHealth({ service: 'test-service', checks, timeoutMs: 50, isStopping }));
const fine = async () => {};
const broken = async () => {
  throw new Error('no way to amqp://admin:hunter2@broker');
};

describe('createHealth', () => {
  it('says live without asking anybody', async () => {
    const get = await healthOf({ database: broken });
    expect(await get('/health/live')).toMatchObject({ status: 200, body: { status: 'live' } });
  });

  it('is ready when every check passes', async () => {
    const get = await healthOf({ database: fine, broker: fine });
    expect(await get('/health/ready')).toMatchObject({ status: 200, body: { status: 'ready' } });
    expect(await get('/health')).toMatchObject({
      status: 200,
      body: { status: 'healthy', service: 'test-service', dependencies: { database: { status: 'up' } } },
    });
  });

  it('names what fails, and hides credentials', async () => {
    const get = await healthOf({ database: fine, broker: broken });
    const ready = await get('/health/ready');
    expect(ready).toMatchObject({ status: 503, body: { status: 'not ready', failing: ['broker'] } });
    expect(ready.text).not.toContain('hunter2');
    expect(await get('/health')).toMatchObject({ status: 200, body: { status: 'degraded' } });
  });

  it('does not wait for a check that never answers, and survives one that throws at once', async () => {
    const get = await healthOf({
      database: () => new Promise(() => {}),
      broker: () => {
        throw new Error('at once');
      },
    });
    expect(await get('/health')).toMatchObject({
      status: 503,
      body: {
        status: 'unhealthy',
        dependencies: { database: { message: 'no answer within 50 ms' }, broker: { message: 'at once' } },
      },
    });
  });
});

describe('createHealth of a process that was told to stop', () => {
  it('is live and not ready, though all is well', async () => {
    let isStopping = false;
    const get = await healthOf({ database: fine }, () => isStopping);
    expect(await get('/health/ready')).toMatchObject({ status: 200 });
    isStopping = true;
    expect(await get('/health/live')).toMatchObject({ status: 200 });
    expect(await get('/health/ready')).toMatchObject({ status: 503, body: { status: 'stopping' } });
    expect(await get('/health')).toMatchObject({ status: 503, body: { status: 'stopping' } });
  });
});

describe('createHealth while a dependency hangs', () => {
  it('has one look at it under way, however often it is asked, and is ready once that ends', async () => {
    let looks = 0;
    const hanging = Promise.withResolvers<void>();
    const get = await healthOf({
      database: () => {
        looks += 1;
        return looks === 1 ? hanging.promise : Promise.resolve();
      },
    });
    await Promise.all([get('/health/ready'), get('/health/ready')]);
    expect(await get('/health/ready')).toMatchObject({ status: 503 });
    expect(looks).toBe(1);
    hanging.resolve();
    await expect.poll(() => get('/health/ready')).toMatchObject({ status: 200 });
  });
});

describe('createMetrics', () => {
  it('serves the metrics of the process with the name of the service', async () => {
    const get = await serve(createMetrics('test-service').router);
    const { status, text } = await get('/metrics');
    expect(status).toBe(200);
    expect(text).toContain('process_cpu_seconds_total{service="test-service"}');
  });
});

describe('listen', () => {
  it('says which port is taken and what to do', async () => {
    const first = await listen(express(), { host: '127.0.0.1', port: 0, service: 'first' });
    servers.push(first);
    const { port } = first;
    const second = listen(express(), { host: '127.0.0.1', port, service: 'second' });
    await expect(second).rejects.toThrow(`second cannot listen on 127.0.0.1:${port}`);
    await expect(second).rejects.toBeInstanceOf(StartupError);
    await expect(second).rejects.toMatchObject({ cure: expect.stringContaining('PORT') });
  });

  it('says when the host is none of this machine', async () => {
    const listening = listen(express(), { host: '192.0.2.1', port: 0, service: 'test-service' });
    await expect(listening).rejects.toBeInstanceOf(StartupError);
  });
});
