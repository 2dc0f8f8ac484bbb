import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { OPEN } from './link.js';
import { Network } from './network.js';

const LINK = 'here>there';
let server: Server;
let network: Network;
let port: number;
const sockets: Socket[] = [];

beforeAll(async () => {
  // Says what it hears.
  server = createServer((socket) => socket.on('error', () => {}).pipe(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  network = new Network();
  port = await network.add({ name: LINK, targetPort: (server.address() as AddressInfo).port });
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await network.set([LINK], OPEN);
});
afterAll(() => {
  network.close();
  server.close();
});

/** A connection through the link, in use if it can be, and all that comes back over it. */
async function open({ isUsed = true } = {}) {
  const socket = connect({ host: '127.0.0.1', port });
  sockets.push(socket);
  const heard = { text: '', error: undefined as string | undefined, closed: false };
  socket.on('data', (bytes) => {
    heard.text += bytes;
  });
  socket.on('error', (error: NodeJS.ErrnoException) => {
    heard.error = error.code;
  });
  socket.on('close', () => {
    heard.closed = true;
  });
  if (isUsed) {
    socket.write('?');
    await expect.poll(() => heard.text).toBe('?');
    heard.text = '';
  }
  return { socket, heard };
}

it('passes on what is sent, in both directions, and the end of it', async () => {
  const { socket, heard } = await open();
  const text = 'x'.repeat(3_000_000);
  socket.end(text);
  await expect.poll(() => heard.closed).toBe(true);
  expect(heard).toEqual({ text, error: undefined, closed: true });
});

it('cut: connections break, and so do new ones, until it is open again', async () => {
  const { heard } = await open();
  await network.set([LINK], { is: 'cut' });
  await expect.poll(() => heard.error).toBe('ECONNRESET');
  const during = await open({ isUsed: false });
  await expect.poll(() => during.heard.error).toBe('ECONNRESET');
  await network.set([LINK], OPEN);
  const after = await open();
  after.socket.write('hello');
  await expect.poll(() => after.heard.text).toBe('hello');
});

it('reset: connections break with RST, new ones pass', async () => {
  const { heard } = await open();
  await network.reset([LINK]);
  await expect.poll(() => heard.error).toBe('ECONNRESET');
  const after = await open();
  after.socket.write('hello');
  await expect.poll(() => after.heard.text).toBe('hello');
});

it('blackhole: old and new connections stay, and nothing passes before it is open again', async () => {
  const before = await open();
  await network.set([LINK], { is: 'blackhole' });
  const during = await open({ isUsed: false });
  before.socket.write('one');
  during.socket.write('two');
  // A link that is open answers within this, many times over: that nothing has come is the blackhole's doing.
  await network.add({ name: 'other', targetPort: port }).then((other) => once(connect(other, '127.0.0.1'), 'connect'));
  expect([before.heard.text, during.heard.text]).toEqual(['', '']);
  await network.set([LINK], OPEN);
  await expect.poll(() => [before.heard.text, during.heard.text]).toEqual(['one', 'two']);
});

it('forgotten: nothing passes over old connections, also later, and new ones pass', async () => {
  const before = await open();
  await network.forget([LINK]);
  before.socket.write('one');
  const after = await open();
  after.socket.write('two');
  await expect.poll(() => after.heard.text).toBe('two');
  await network.set([LINK], OPEN);
  expect(before.heard).toEqual({ text: '', error: undefined, closed: false });
});

it('late: what is sent comes back after both ways, in order', async () => {
  const { socket, heard } = await open();
  await network.set([LINK], { is: 'late', delayMs: 60, jitterMs: 40 });
  const begun = performance.now();
  for (const digit of '0123456789') socket.write(digit);
  await expect.poll(() => heard.text, { interval: 5 }).toBe('0123456789');
  expect(performance.now() - begun).toBeGreaterThanOrEqual(115);
});

it('narrow: no more passes than fits', async () => {
  const { socket, heard } = await open();
  await network.set([LINK], { is: 'narrow', bytesPerSecond: 40_000 });
  const begun = performance.now();
  socket.write('x'.repeat(8_000));
  await expect.poll(() => heard.text.length, { interval: 5 }).toBe(8_000);
  // Each way takes 200 ms; they overlap where what is sent is passed on in pieces.
  expect(performance.now() - begun).toBeGreaterThanOrEqual(195);
});

it('says so if a link is not there', async () => {
  await expect(network.set(['nobody>nothing'], OPEN)).rejects.toThrow('there is no link nobody>nothing');
});
