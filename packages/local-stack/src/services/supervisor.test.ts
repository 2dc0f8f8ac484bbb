import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ServiceProcess } from './service-process.js';
import { backoff, Supervisor } from './supervisor.js';

const fake = () => ({
  name: 'payment-service',
  restarts: 0,
  alive: true,
  pid: 1,
  spawn: vi.fn(),
  ready: async () => {},
});

describe('Supervisor', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('waits longer each time, up to a bound', () => {
    expect([1, 2, 3, 4, 20].map(backoff)).toEqual([500, 1_000, 2_000, 4_000, 15_000]);
  });

  it('starts a service again that ended, later when it ends again at once, and says so in a line', async () => {
    const lines: string[] = [];
    const process = fake();
    const supervisor = new Supervisor((line) => lines.push(line));
    supervisor.begin([]);
    supervisor.ended(process as unknown as ServiceProcess, 'SIGKILL');
    await vi.advanceTimersByTimeAsync(500);
    expect(process.spawn).toHaveBeenCalledTimes(1);
    supervisor.ended(process as unknown as ServiceProcess, 'exit code 1');
    await vi.advanceTimersByTimeAsync(999);
    expect(process.spawn).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(process.spawn).toHaveBeenCalledTimes(2);
    expect(lines[0]).toBe('payment-service ended (SIGKILL); starting it again in 0.5 s');
    expect(lines[1]).toContain('payment-service is ready again');
    expect(lines[2]).toBe('payment-service ended (exit code 1); starting it again in 1 s');
  });

  it('starts nothing before all were up once, nor after the end', async () => {
    const process = fake();
    const supervisor = new Supervisor(() => {});
    supervisor.ended(process as unknown as ServiceProcess, 'exit code 1');
    supervisor.begin([]);
    supervisor.ended(process as unknown as ServiceProcess, 'exit code 1');
    supervisor.end();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(process.spawn).not.toHaveBeenCalled();
  });
});
