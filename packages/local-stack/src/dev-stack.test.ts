import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { devStackStatus, resetDevStack, stopDevStack } from './dev-stack.js';
import { freePorts } from './machine/ports.js';
import { openPlace } from './place.js';
import { ensureDatabases } from './postgres/probe.js';
import type { Environment } from './settings.js';
import { startStack } from './stack.js';

/** A developer's stack of its own: other ports, another data folder; real servers. */
let environment: Environment;

beforeAll(async () => {
  const [postgres, amqp, management] = await freePorts(3);
  const folder = mkdtempSync(join(tmpdir(), 'dev-stack-'));
  chmodSync(folder, 0o755); // as root, the servers run as somebody else
  environment = {
    STACK_DATA: folder,
    STACK_USE: 'native',
    STACK_POSTGRES_PORT: String(postgres),
    STACK_RABBITMQ_PORT: String(amqp),
    STACK_RABBITMQ_MANAGEMENT_PORT: String(management),
  };
});

afterAll(async () => {
  await stopDevStack(environment);
  rmSync(environment.STACK_DATA ?? '', { recursive: true, force: true });
});

describe('the developer’s stack', () => {
  it('is started once, found again, and keeps its data when it is started anew', { timeout: 120_000 }, async () => {
    const first = await startStack({ profile: 'dev', environment });
    expect(first.rabbitmq).toMatchObject({ origin: 'native', startedNow: true });
    const pids = () => JSON.stringify(openPlace('dev', environment).state());
    const before = pids();

    const second = await startStack({ profile: 'dev', environment });
    expect([second.rabbitmq.startedNow, second.postgres.startedNow]).toEqual([false, false]);
    expect([second.rabbitmq.url, second.postgres.url]).toEqual([first.rabbitmq.url, first.postgres.url]);
    expect(pids()).toBe(before);

    expect(await ensureDatabases(first.postgres.url, ['kept'])).toEqual(['kept']);
    expect(await devStackStatus(environment)).toMatchObject([
      { name: 'RabbitMQ', up: true, origin: 'native' },
      { name: 'Postgres', up: true, origin: 'native' },
    ]);
    expect(await stopDevStack(environment)).toEqual(['RabbitMQ', 'Postgres']);
    expect(await stopDevStack(environment)).toEqual([]);
    expect((await devStackStatus(environment)).map(({ up }) => up)).toEqual([false, false]);

    await first.postgres.start();
    expect(await ensureDatabases(first.postgres.url, ['kept'])).toEqual([]);
    expect(openPlace('dev', environment).state().postgres).toBeDefined();
    await resetDevStack(environment);
    expect(openPlace('dev', environment).state()).toEqual({});
  });
});
