import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { findHolder, listeningInodes } from './port-holder.js';
import { choosePort, freePorts, isPortFree } from './ports.js';
import { StackError } from './stack-error.js';

const servers: Server[] = [];

async function takePort(host = '127.0.0.1', port = 0): Promise<number> {
  const server = createServer().listen({ host, port });
  servers.push(server);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

describe('choosePort', () => {
  it('takes the port that is wished for when it is free', async () => {
    const [port = 0] = await freePorts(1);
    expect(await choosePort('RabbitMQ', { port, setBy: undefined }, new Set(), () => {})).toBe(port);
  });

  it('moves a default that is taken past the ports to avoid, and says who holds it', async () => {
    const [wished = 0] = await freePorts(1);
    await takePort('127.0.0.1', wished);
    const warnings: string[] = [];
    const wish = { port: wished, setBy: undefined };
    const chosen = await choosePort('RabbitMQ', wish, new Set([wished + 1]), (line) => warnings.push(line));
    expect(chosen).toBeGreaterThan(wished + 1);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain(`port ${wished} is taken by process ${process.pid}`);
    expect(warnings[0]).toContain(`RabbitMQ moves to ${chosen}`);
  });

  it('refuses a port that a person set and that is taken, naming who holds it', async () => {
    const port = await takePort();
    const chosen = choosePort('Postgres', { port, setBy: 'STACK_POSTGRES_PORT' }, new Set(), () => {});
    await expect(chosen).rejects.toThrow(StackError);
    await expect(chosen).rejects.toThrow(`(set by STACK_POSTGRES_PORT) is taken by process ${process.pid}`);
  });
});

describe('isPortFree', () => {
  it('sees a port that is held on all addresses', async () => {
    const port = await takePort('0.0.0.0');
    expect(await isPortFree(port)).toBe(false);
  });
});

describe('freePorts', () => {
  it('gives different ports below those the system hands out to clients', async () => {
    const ports = await freePorts(5);
    expect(new Set(ports).size).toBe(5);
    expect(Math.max(...ports)).toBeLessThan(32_768);
  });
});

describe('findHolder', () => {
  it('finds the process that listens', async () => {
    const port = await takePort();
    expect(await findHolder(port)).toMatchObject({ pid: process.pid });
  });

  it('finds nobody on a free port', async () => {
    const [port = 0] = await freePorts(1);
    expect(await findHolder(port)).toBeUndefined();
  });

  it('reads only listening sockets of that very port out of the kernel’s table', () => {
    const table = [
      '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
      '   0: 0100007F:1538 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1',
      '   1: 0100007F:1538 0100007F:9C40 01 00000000:00000000 00:00000000 00000000     0        0 4712 1',
      '   2: 0100007F:1539 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4713 1',
    ].join('\n');
    expect(listeningInodes(table, 0x1538)).toEqual(['4711']);
  });
});
