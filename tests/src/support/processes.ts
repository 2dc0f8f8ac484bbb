import type { ServiceName, ServiceProcess } from '@saga-checkout/local-stack';
import { expect } from 'vitest';
import { eventually } from './eventually.js';
import { patient } from './patience.js';

/** By then a process that was told to stop must be gone, in ms; it takes longer to be seen on a busy machine. */
const GONE_MS = 10_000;

/** How a process ended. */
export interface End {
  /** The exit code, or the signal. */
  readonly by: number | string | null;
  /** After it was told, in ms. */
  readonly tookMs: number;
}

/** Tells a process to stop, and waits for its end. @throws if it is not gone in time */
export async function stopped(process: ServiceProcess, signal: 'SIGTERM' | 'SIGINT' = 'SIGTERM'): Promise<End> {
  const begun = performance.now();
  const { ended } = process;
  await process.kill(signal);
  expect(process.alive, `${process.name} is gone`).toBe(false);
  const { code, signal: by } = await ended;
  const tookMs = performance.now() - begun;
  expect(tookMs, process.name).toBeLessThan(Math.max(GONE_MS, patient(GONE_MS / 2)));
  return { by: code ?? by, tookMs };
}

interface Health {
  readonly status: number;
  readonly body: { readonly status?: string; readonly failing?: readonly string[]; readonly dependencies?: object };
}

/** What it says of itself; undefined while nobody listens. */
export async function healthOf({ url }: { readonly url: string }, path: 'live' | 'ready'): Promise<Health | undefined> {
  try {
    const answer = await fetch(`${url}/health/${path}`, { signal: AbortSignal.timeout(10_000) });
    return { status: answer.status, body: (await answer.json()) as Health['body'] };
  } catch {
    return undefined;
  }
}

/** A process takes half a second to start, and many times as long on a busy machine; in ms. */
const START_MS = 60_000;

/** Waits until it is alive and not ready for just these reasons. */
export async function expectMissing(process: ServiceProcess, ...failing: readonly string[]): Promise<Health> {
  return eventually(
    `${process.name} to miss ${failing.join(', ')}`,
    async () => {
      expect(process.alive).toBe(true);
      expect(await healthOf(process, 'live')).toMatchObject({ status: 200 });
      const ready = await healthOf(process, 'ready');
      expect(ready).toMatchObject({ status: 503 });
      expect([...(ready?.body.failing ?? [])].sort()).toEqual([...failing].sort());
      return ready;
    },
    { timeoutMs: START_MS },
  );
}

export const PARTICIPANTS = ['order-service', 'inventory-service', 'payment-service'] as const;
export const SERVICES: readonly ServiceName[] = [...PARTICIPANTS, 'orchestrator', 'api-gateway'];
