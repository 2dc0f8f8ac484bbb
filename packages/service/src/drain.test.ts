import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Listening, listen } from './listen.js';

let isStopping = false;
let server: Listening;
let agent: Agent;
/** Resolves the requests to `/slow`. */
let goOn: () => void;
let arrived: Promise<void>;

beforeEach(async () => {
  isStopping = false;
  agent = new Agent({ keepAlive: true });
  const gate = Promise.withResolvers<void>();
  const arrival = Promise.withResolvers<void>();
  goOn = gate.resolve;
  arrived = arrival.promise;
  const options = { host: '127.0.0.1', port: 0, service: 'test-service', isStopping: () => isStopping };
  server = await listen(async (incoming, response) => {
    if (incoming.url === '/slow') {
      arrival.resolve();
      await gate.promise;
    }
    response.end('answer');
  }, options);
});
afterEach(async () => {
  goOn();
  await server.close(0);
  agent.destroy();
});

/** Rejects if the connection breaks. */
function get(path: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const asked: ClientRequest = request({ host: '127.0.0.1', port: server.port, path, agent }, (answer) => {
      answer.resume().once('end', () => resolve(answer));
    });
    asked.once('error', reject).end();
  });
}

describe('a server whose process is stopping', () => {
  it('goes on answering, and says of each answer that it is the last on its connection', async () => {
    expect((await get('/')).headers.connection).toBe('keep-alive');
    isStopping = true;
    expect((await get('/')).headers.connection).toBe('close');
    expect((await get('/')).statusCode).toBe(200);
  });

  it('answers what is under way when it closes, and takes no more', async () => {
    const slow = get('/slow');
    await arrived;
    const closed = server.close(10_000);
    await expect(get('/')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    goOn();
    expect((await slow).headers.connection).toBe('close');
    await closed;
  });

  it('does not wait for connections that nobody uses', async () => {
    await get('/');
    const unused = connect(server.port, '127.0.0.1');
    await new Promise((resolve) => unused.once('connect', resolve));
    // Answered after the other connection was made: the server knows of it.
    await get('/');
    await server.close(60_000);
  });

  it('cuts off what takes longer than it is given', async () => {
    const slow = get('/slow');
    await arrived;
    const cut = expect(slow).rejects.toMatchObject({ code: 'ECONNRESET' });
    await server.close(50);
    await cut;
  });
});
