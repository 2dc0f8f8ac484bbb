import type { ServerResponse } from 'node:http';
import { StartupError } from '@saga-checkout/service';
import { afterEach, describe, expect, it } from 'vitest';
import { HttpServer } from './server.js';
import { RawConnection, request } from './testing/raw.js';

const servers: HttpServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop(0)));
});

/** A server whose requests wait until the test answers them. */
async function start(): Promise<{ server: HttpServer; port: number; waiting: ServerResponse[] }> {
  const waiting: ServerResponse[] = [];
  const server = new HttpServer((_req, res) => void waiting.push(res));
  const port = await server.listen({ host: '127.0.0.1', port: 0 });
  servers.push(server);
  return { server, port, waiting };
}

async function ask(port: number, waiting: ServerResponse[]): Promise<[RawConnection, ServerResponse]> {
  const connection = await RawConnection.open(port);
  connection.write(request('GET', '/', {}));
  while (waiting.length === 0) await new Promise((resolve) => setImmediate(resolve));
  return [connection, waiting.shift() as ServerResponse];
}

describe('stopping', () => {
  it('lets what is under way finish, and takes nothing new', async () => {
    const { server, port, waiting } = await start();
    const [connection, res] = await ask(port, waiting);
    const idle = await RawConnection.open(port);
    const stopped = server.stop(5_000);
    await idle.closed();
    await expect(RawConnection.open(port)).rejects.toThrow('ECONNREFUSED');
    res.writeHead(200, { 'content-length': 2 }).end('ok');
    expect(await connection.answer()).toMatchObject({ status: 200, body: 'ok' });
    await stopped;
    await connection.closed();
  });

  it('does not wait for ever', async () => {
    const { server, port, waiting } = await start();
    const [connection] = await ask(port, waiting);
    await server.stop(50);
    await connection.closed();
    expect(await connection.answer()).toBeUndefined();
  });
});

describe('rubbish on a connection', () => {
  it('cuts it when half an answer is out', async () => {
    const { port, waiting } = await start();
    const [connection, res] = await ask(port, waiting);
    res.writeHead(200, { 'content-length': 10 }).write('half');
    connection.write('rubbish\r\n\r\n');
    await connection.closed();
    expect(await connection.answer()).toBeUndefined();
  });

  it('gets a problem after an answer that is whole', async () => {
    const { port, waiting } = await start();
    const [connection, res] = await ask(port, waiting);
    res.writeHead(200, { 'content-length': 2 }).end('ok');
    expect((await connection.answer())?.body).toBe('ok');
    connection.write('rubbish\r\n\r\n');
    expect((await connection.answer())?.status).toBe(400);
    await connection.closed();
  });
});

it('a port that is taken is a StartupError with a cure', async () => {
  const { port } = await start();
  const second = new HttpServer(() => {});
  const error = await second.listen({ host: '127.0.0.1', port }).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(StartupError);
  expect(error).toMatchObject({
    message: expect.stringContaining(`127.0.0.1:${port}`),
    cure: expect.stringContaining('PORT'),
  });
});
