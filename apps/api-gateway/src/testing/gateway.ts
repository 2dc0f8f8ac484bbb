import type { CheckoutResult } from '@saga-checkout/shared-types';
import type { Log } from '../answers.js';
import { createApp } from '../app.js';
import { LastCall } from '../checkout/last-call.js';
import type { WaitLimits } from '../checkout/prefer.js';
import { type Authenticate, letAnyoneIn } from '../principal.js';
import { DEFAULT_TIMES, HttpServer, type ServerTimes } from '../server.js';
import { Replicas } from '../upstream/replicas.js';
import { closeUpstreams } from '../upstream/upstreams.js';

interface LogLine extends Record<string, unknown> {
  readonly level: string;
  readonly msg: string;
}

export interface GatewayOptions {
  readonly orchestrators?: readonly string[];
  readonly orders?: string;
  readonly inventory?: string;
  readonly payments?: string;
  readonly waits?: WaitLimits;
  readonly maxCheckouts?: number;
  readonly bodyTimeoutMs?: number;
  readonly readTimeoutMs?: number;
  readonly times?: Partial<ServerTimes>;
  readonly lastCall?: LastCall;
  readonly isStopping?: () => boolean;
  readonly authenticate?: Authenticate;
  /** Nobody is an operator unless this says so. */
  readonly authenticateOperator?: Authenticate;
}

export interface TestGateway {
  readonly url: string;
  readonly port: number;
  readonly logs: LogLine[];
  stop(): Promise<void>;
}

/** Nobody listens here: connections are refused at once. */
export const NOBODY = 'http://127.0.0.1:1';

/** The whole gateway in this process, on a port of its own. */
export async function startGateway(options: GatewayOptions = {}): Promise<TestGateway> {
  const logs: LogLine[] = [];
  const upstreams = {
    orchestrator: new Replicas(options.orchestrators ?? [NOBODY]),
    'order-service': new Replicas([options.orders ?? NOBODY]),
    'inventory-service': new Replicas([options.inventory ?? NOBODY]),
    'payment-service': new Replicas([options.payments ?? NOBODY]),
  };
  const app = createApp({
    log: recordingLog(logs),
    authenticate: options.authenticate ?? letAnyoneIn,
    authenticateOperator: options.authenticateOperator ?? letAnyoneIn,
    upstreams,
    waits: options.waits ?? { defaultMs: 2_000, maxMs: 5_000 },
    maxCheckouts: options.maxCheckouts ?? 512,
    readTimeoutMs: options.readTimeoutMs ?? 500,
    bodyTimeoutMs: options.bodyTimeoutMs ?? 2_000,
    lastCall: options.lastCall ?? new LastCall(),
    isStopping: options.isStopping ?? (() => false),
  });
  const server = new HttpServer(app, {
    times: { ...DEFAULT_TIMES, ...options.times },
    ...(options.isStopping !== undefined && { isStopping: options.isStopping }),
  });
  const port = await server.listen({ host: '127.0.0.1', port: 0 });
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    logs,
    stop: async () => {
      await server.stop(0);
      await closeUpstreams(upstreams);
    },
  };
}

/** As much of a logger as the gateway uses. */
function recordingLog(lines: LogLine[]): Log {
  const at = (level: string) => (fields: object, msg: string) => void lines.push({ ...fields, level, msg });
  const log = {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    isLevelEnabled: () => true,
  };
  return log as unknown as Log;
}

export const PRODUCT = '660facf7-b9cf-417a-8ee1-27afe2fb2c72';
export const OTHER_PRODUCT = 'dda60f33-8dfd-4da2-96c8-1a029d72725a';
export const SAGA = '01933d5e-0000-7000-8000-000000000001';

/** A checkout that nothing is wrong with. */
export const goodBody = () => ({ userId: 'user-1', items: [{ productId: PRODUCT, quantity: 2, price: '29.99' }] });

/** What an orchestrator answers to a checkout that went well. */
export const confirmed = (orderId: unknown, more: Partial<CheckoutResult> = {}) => ({
  status: 200,
  body: { orderId, sagaId: SAGA, status: 'CONFIRMED', total: '59.98', currency: 'USD', replayed: false, ...more },
});

/** Sends a checkout as a client would. */
export function postCheckout(
  gateway: TestGateway,
  options: { path?: string; headers?: Record<string, string>; body?: unknown } = {},
): Promise<Response> {
  return fetch(`${gateway.url}${options.path ?? '/api/checkout'}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...options.headers },
    body: JSON.stringify(options.body ?? goodBody()),
  });
}

/** What the tests look at in a body; which of it is there depends on the answer. */
export interface AnyBody {
  readonly code: string;
  readonly detail: string;
  readonly orderId: string;
  readonly traceId: string;
  readonly nextCursor: string;
  readonly items: readonly { readonly items: readonly { readonly productName: string }[] }[];
  readonly errors: readonly { readonly pointer: string }[];
}

export const bodyOf = async (response: Response): Promise<AnyBody> => (await response.json()) as AnyBody;
