import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Stands between a client and the broker, and drops connections when a test says so. */
export interface BrokerProxy {
  /** The broker's URL, by way of the proxy. */
  readonly url: string;
  /** Cuts every connection, without a word, as a cable does. */
  cut(): void;
  /** Has the broker close every connection in due form, as an operator does (320 CONNECTION_FORCED). */
  closeByOperator(): void;
  /** Cuts every connection and lets none be made until `resume`. */
  stop(): Promise<void>;
  resume(): Promise<void>;
  /** How many connections go this way. */
  links(): number;
}

export async function brokerProxy(brokerUrl: string): Promise<BrokerProxy> {
  const target = new URL(brokerUrl);
  const pairs = new Set<{ client: Socket; upstream: Socket }>();
  const server = createServer((client) => {
    const upstream = connect({ host: target.hostname, port: Number(target.port || 5672), noDelay: true });
    const pair = { client: client.setNoDelay(true), upstream };
    pairs.add(pair);
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      from.pipe(to);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        to.destroy();
        pairs.delete(pair);
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const url = new URL(brokerUrl);
  url.host = `127.0.0.1:${port}`;

  const cut = () => {
    for (const { client } of pairs) client.destroy();
  };
  const closeByOperator = () => {
    for (const { client, upstream } of pairs) {
      upstream.unpipe(client);
      client.unpipe(upstream);
      client.write(CONNECTION_CLOSE);
      upstream.destroy();
    }
  };
  const stop = async () => {
    const closed = once(server, 'close');
    server.close();
    cut();
    await closed;
  };
  const resume = async () => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  };
  return { url: url.href, cut, closeByOperator, stop, resume, links: () => pairs.size };
}

/** connection.close (class 10, method 50) with code 320, as a frame on channel 0. */
const CONNECTION_CLOSE = (() => {
  const text = Buffer.from('CONNECTION_FORCED - test');
  const payload = Buffer.concat([Buffer.from([0, 10, 0, 50, 320 >> 8, 320 & 255, text.length]), text, Buffer.alloc(4)]);
  const header = Buffer.alloc(7);
  header.writeUInt8(1, 0);
  header.writeUInt32BE(payload.length, 3);
  return Buffer.concat([header, payload, Buffer.from([0xce])]);
})();
