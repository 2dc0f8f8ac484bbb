import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { recordingLog } from '../test/recording-log.js';
import { topologyOf } from '../topology.js';
import { BrokerLink } from './broker-link.js';

/** A broker that takes connections, and never says a word. */
let silent: Server;
const sockets: Socket[] = [];

beforeEach(async () => {
  silent = createServer((socket) => sockets.push(socket.on('error', () => {}))).listen(0, '127.0.0.1');
  await once(silent, 'listening');
});
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  silent.close();
});

it('stops without waiting for a broker that has not answered yet: there is nothing to finish', async () => {
  const { port } = silent.address() as AddressInfo;
  const url = `amqp://127.0.0.1:${port}`;
  const link = new BrokerLink({
    url,
    topology: topologyOf('order_commands'),
    connectionName: 'test',
    log: recordingLog(),
  });
  link.start(async () => {});
  await once(silent, 'connection');
  const begun = performance.now();
  await link.stop();
  // It gives up connecting after 5 s.
  expect(performance.now() - begun).toBeLessThan(4_000);
});
