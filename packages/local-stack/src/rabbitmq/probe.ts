import { request } from 'node:http';
import { connect } from 'amqplib';
import { messageOf } from '../machine/stack-error.js';
import { within } from '../machine/wait.js';
import { rabbitmqLogin } from '../settings.js';

export interface BrokerAnswer {
  readonly ok: boolean;
  /** The broker's version when it let us in, otherwise what it (or the network) said. */
  readonly detail: string;
}

const { user, password } = rabbitmqLogin;

export const brokerUrl = (port: number): string => `amqp://${user}:${password}@127.0.0.1:${port}`;
export const managementUrl = (port: number): string => `http://127.0.0.1:${port}`;

/** Whether a broker answers there and takes our login. */
export async function probeBroker(url: string, timeoutMs = 3_000): Promise<BrokerAnswer> {
  try {
    // Without noDelay every exchange of the handshake would wait some 40 ms.
    const connection = await connect(url, { timeout: timeoutMs, noDelay: true });
    connection.on('error', () => {}); // lost while we say goodbye
    const { version } = connection.connection.serverProperties as { version?: string };
    await within(
      timeoutMs,
      connection.close().catch(() => {}),
    ); // it went away before we could
    return { ok: true, detail: version ?? 'unknown' };
  } catch (error) {
    return { ok: false, detail: messageOf(error) };
  }
}

/** Whether the management interface answers there and takes our login. */
export function probeManagement(url: string, timeoutMs = 3_000): Promise<boolean> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const asked = request(
      { hostname, port, path: '/api/whoami', auth: `${user}:${password}`, timeout: timeoutMs, agent: false },
      (answer) => {
        answer.resume();
        resolve(answer.statusCode === 200);
      },
    );
    asked.once('timeout', () => asked.destroy());
    asked.once('error', () => resolve(false));
    asked.once('close', () => resolve(false));
    asked.end();
  });
}
