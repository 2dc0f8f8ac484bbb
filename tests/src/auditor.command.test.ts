import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Report } from '@saga-checkout/auditor';
import { projectRoot } from '@saga-checkout/local-stack';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BACKPACK, cartOf, line } from './support/cart.js';
import { sharedShop } from './support/shared-shop.js';

/** The command as a person or a script types it: a process of its own, which knows the shop by its addresses only. */
const shop = sharedShop();
let order: { readonly orderId: string; readonly sagaId: string };
beforeAll(async () => {
  order = (await shop.checkout(cartOf([line(BACKPACK)]))).body;
  await shop.settled();
});

const environment = () => ({
  PATH: process.env.PATH,
  ORDERS_DB_URL: shop.address.databases.orders,
  INVENTORY_DB_URL: shop.address.databases.inventory,
  PAYMENTS_DB_URL: shop.address.databases.payments,
  ORCHESTRATOR_DB_URL: shop.address.databases.orchestrator,
  RABBITMQ_URL: shop.address.rabbitmqUrl,
  RABBITMQ_MANAGEMENT_URL: shop.address.managementUrl,
});

interface Ended {
  readonly code: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

function command(args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  const file = join(projectRoot, 'packages', 'auditor', 'dist', 'main.js');
  const options = { env: { ...environment(), ...env }, timeout: 30_000 };
  return new Promise((resolve) => {
    execFile(process.execPath, [file, '--grace', '0.2', ...args], options, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stdout, stderr }),
    );
  });
}

const dropKey = `update saga_state set request_fingerprint = null where business_key = $1`;
const putBack = `update saga_state set request_fingerprint = 'put back' where business_key = $1`;

describe('the command', () => {
  it('prints each invariant with its sentence and what was checked, and ends with 0 if all hold', async () => {
    // Whatever other tests sent by hand has no saga: that is theirs to say.
    const { code, stdout } = await command(['--live']);
    for (const number of Array.from({ length: 16 }, (_, index) => index + 1))
      expect(stdout).toMatch(new RegExp(`^I${number} `, 'm'));
    expect(stdout).toMatch(/^I2 {3}ok {7}[\d,]+ products checked$/m);
    expect(stdout).toContain('a product’s reserved quantity is the sum of its RESERVED reservations');
    expect(stdout).toMatch(/^I16 {2}- {8}holds at rest only$/m);
    expect(stdout).toContain('All that was asked holds.');
    expect(code).toBe(0);
  });

  it('ends with 1 if one is broken, and says which rows', async () => {
    await shop.rows('orchestrator', dropKey, [order.orderId]);
    const { code, stdout } = await command([]);
    const { stdout: json } = await command(['--json']);
    await shop.rows('orchestrator', putBack, [order.orderId]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^I15 {2}BROKEN .* 1 offending$/m);
    expect(stdout.replace(/\s+/g, ' ')).toContain(`has 1 sagas and 0 fingerprints: ${order.sagaId}`);
    const report = JSON.parse(json) as Report;
    expect(report).toMatchObject({ result: 'broken', moment: 'rest', unended: { count: 0, first: [] } });
    expect(report.invariants).toHaveLength(16);
    expect(report.invariants[14]).toMatchObject({
      ...{ name: 'I15', holds: 'rest', result: 'broken', offending: 1 },
      sentence: expect.stringContaining('one fingerprint and one saga per idempotency key'),
      checked: expect.any(Number),
      first: [{ sagaId: order.sagaId, text: expect.any(String) }],
    });
  });

  it('compares with what customers were told, from a file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'told-'));
    const file = join(folder, 'told.jsonl');
    writeFileSync(file, `${JSON.stringify({ ...order, status: 201 })}\n${JSON.stringify({ ...order, status: 402 })}\n`);
    const { stdout } = await command(['--json', '--acknowledged', file]);
    writeFileSync(file, '{"orderId": 1}');
    const broken = await command(['--acknowledged', file]);
    rmSync(folder, { recursive: true });
    const { first } = (JSON.parse(stdout) as Report).invariants[14] ?? {};
    expect(first).toEqual([
      {
        ...{ orderId: order.orderId, sagaId: order.sagaId },
        text: `a customer was answered 402 for order ${order.orderId}, saga ${order.sagaId}, but that is COMPLETED`,
      },
    ]);
    expect(broken.code).toBe(2);
    expect(broken.stderr).toContain('line 1, does not say what was told');
  });

  it.each([
    ['a database is away', { ORDERS_DB_URL: 'postgres://x:secret@127.0.0.1:1/orders' }, 'ORDERS_DB_URL'],
    ['an address is none', { RABBITMQ_URL: 'localhost' }, 'RABBITMQ_URL'],
  ])('ends with 2 if %s, and says what to do', async (_, env, variable) => {
    const { code, stderr } = await command([], env);
    expect(code).toBe(2);
    expect(stderr).toContain(variable);
    expect(stderr).not.toContain('secret');
    const json = await command(['--json'], env);
    expect(json.code).toBe(2);
    expect(JSON.parse(json.stdout)).toEqual({
      result: 'unknown',
      problem: { message: expect.any(String), cure: expect.any(String) },
    });
  });

  it('says where a database of another schema is to be looked for', async () => {
    const { code, stderr } = await command([], { ORDERS_DB_URL: shop.address.databases.payments });
    expect(code).toBe(2);
    expect(stderr).toContain('relation "orders" does not exist');
    expect(stderr).toContain('see that ORDERS_DB_URL names the right database');
  });

  it('ends with 2 if it is not asked well, and helps', async () => {
    expect(await command(['--leave'])).toMatchObject({ code: 2, stderr: expect.stringContaining('--live') });
    expect(await command(['--grace', 'long'])).toMatchObject({ code: 2, stderr: expect.stringContaining('number') });
    expect(await command(['--help'])).toMatchObject({ code: 0, stdout: expect.stringContaining('Exit code') });
  });
});

describe('a user who may only read', () => {
  const user = `reader_${randomBytes(4).toString('hex')}`;
  beforeAll(async () => {
    await shop.rows('orders', `create role ${user} login password 'reads'`);
    await shop.rows('orders', `grant pg_read_all_data to ${user}`);
  });
  afterAll(() => shop.rows('orders', `drop role ${user}`));

  it('is enough for everything', async () => {
    const as = (address: string) => {
      const url = new URL(address);
      [url.username, url.password] = [user, 'reads'];
      return url.href;
    };
    const { orders, inventory, payments, orchestrator } = shop.address.databases;
    const { code, stdout } = await command(['--live'], {
      ORDERS_DB_URL: as(orders),
      INVENTORY_DB_URL: as(inventory),
      PAYMENTS_DB_URL: as(payments),
      ORCHESTRATOR_DB_URL: as(orchestrator),
    });
    expect([code, stdout]).toEqual([0, expect.stringContaining('All that was asked holds.')]);
  });
});
