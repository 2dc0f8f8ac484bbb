import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { projectRoot } from '@saga-checkout/local-stack';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { orderByHand } from './support/by-hand.js';
import { Letters, type RecordedLetter } from './support/letters.js';
import { itemOf, type Rabbit } from './support/rabbit.js';
import { sharedShop } from './support/shared-shop.js';

/** `pnpm dlq`, as a person or a script types it. */
const shop = sharedShop();
let rabbit: Rabbit;
let letters: Letters;
beforeAll(async () => {
  rabbit = await shop.rabbit();
  letters = new Letters(shop);
});
afterAll(async () => {
  await letters.close();
  await rabbit.close();
});

interface Ended {
  readonly code: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

function dlq(args: readonly string[], url = shop.urlOf('orchestrator')): Promise<Ended> {
  const options = { env: { PATH: process.env.PATH, ORCHESTRATOR_URL: url }, timeout: 60_000 };
  return new Promise((resolve) => {
    execFile(process.execPath, [join(projectRoot, 'scripts', 'dlq.mjs'), ...args], options, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stdout, stderr }),
    );
  });
}

/** Puts commands aside: each with a payment token, and a payload that nobody understands. */
async function putAside(count = 1): Promise<RecordedLetter[]> {
  const payload = { payment: { method: 'tok_visa' }, cardToken: 'hunter2' };
  const items = Array.from({ length: count }, () => itemOf(randomUUID(), 'processPayment', payload));
  await rabbit.publish('payment.process', JSON.stringify({ items }));
  return letters.open('payment_commands', count);
}

const why = ['--reason', 'put aside on purpose', '--by', 'ada'];

describe('pnpm dlq', () => {
  it('lists, shows without secrets, and discards', async () => {
    const [letter] = (await putAside()) as [RecordedLetter];
    const listed = await dlq(['list', '--queue', 'payment_commands']);
    expect(listed).toMatchObject({ code: 0, stderr: '' });
    expect(listed.stdout).toMatch(
      new RegExp(`^${letter.id} +OPEN .*payment_commands +payment.process +INVALID_PAYLOAD`, 'm'),
    );
    expect((await dlq(['list', '--reason', 'BROKEN_JSON'])).stdout).toBe('There are none.\n');

    const shown = await dlq(['show', letter.id]);
    expect(shown.code).toBe(0);
    for (const part of [
      letter.sagaId ?? '',
      'processPayment, attempt 1',
      '"cardToken": "[redacted]"',
      'Mind: its saga is not known',
    ])
      expect(shown.stdout).toContain(part);
    expect(shown.stdout).not.toMatch(/tok_visa|hunter2/);

    expect(await dlq(['discard', letter.id, ...why])).toEqual({
      code: 0,
      stdout: `${letter.id}  DISCARDED\n`,
      stderr: '',
    });
    expect(await dlq(['discard', letter.id, ...why])).toMatchObject({ code: 0 });
    const late = await dlq(['redrive', letter.id, '--reason', 'after all']);
    expect(late.code).toBe(1);
    expect(late.stdout).toMatch(/refused: .* was discarded at .* by ada: put aside on purpose/);
    const { decision, status } = JSON.parse((await dlq(['show', letter.id, '--json'])).stdout);
    expect([status, decision]).toMatchObject(['DISCARDED', { by: 'ada', reason: 'put aside on purpose' }]);
  });

  it('sends all that match again; each that is put aside once more is another letter', async () => {
    const first = await putAside(5);
    const { code, stdout } = await dlq([
      'redrive',
      '--all',
      '--queue',
      'payment_commands',
      '--type',
      'payment.process',
      ...why,
    ]);
    expect([code, stdout]).toEqual([0, expect.stringContaining('5 of 5 sent again.')]);
    const again = await letters.take('payment_commands', 5);
    expect(again.map(({ redriveOf }) => redriveOf).sort()).toEqual(first.map(({ id }) => id).sort());
    const none = await dlq(['redrive', '--all', '--queue', 'payment_commands', ...why, '--json']);
    expect([none.code, JSON.parse(none.stdout)]).toEqual([0, []]);
  });

  it('leaves open what no queue takes', async () => {
    const item = itemOf(randomUUID(), 'byHand', { orderId: orderByHand() });
    await rabbit.publish('inventory.release', JSON.stringify({ items: [item] }), 'inventory.unheardOf');
    const [letter] = (await letters.open('inventory_commands')) as [RecordedLetter];
    const { code, stdout } = await dlq(['redrive', letter.id, ...why]);
    expect([code, stdout]).toEqual([1, expect.stringContaining('no queue takes inventory.unheardOf')]);
    expect(await letters.take('inventory_commands')).toHaveLength(1);
  });

  it('says what is wrong, and what to do', async () => {
    expect(await dlq(['--help'])).toMatchObject({ code: 0, stdout: expect.stringContaining('ORCHESTRATOR_URL') });
    expect(await dlq([])).toMatchObject({ code: 2, stdout: expect.stringContaining('pnpm dlq list') });
    const misuses: [string[], string][] = [
      [['explode'], 'There is no command "explode"'],
      [['list', '--colour'], "Unknown option '--colour'"],
      [['list', '--limit', 'few'], '--limit must be'],
      [['show'], 'Which letter?'],
      [['discard', 'letter-1'], 'needs --reason'],
      [['redrive', '--reason', 'x'], 'either their ids, or --all'],
      [['redrive', '--all', '--reason', 'x'], 'at least one of'],
    ];
    for (const [args, text] of misuses) {
      const { code, stderr } = await dlq(args);
      expect([args, code, stderr]).toEqual([args, 2, expect.stringContaining(text)]);
      expect(stderr).toContain('What to do:');
    }
    const refusals: [string[], string][] = [
      [['show', 'letter-9'], 'there is no letter letter-9'],
      [['list', '--status', 'LOST'], 'status'],
    ];
    for (const [args, text] of refusals) {
      const { code, stderr } = await dlq(args);
      expect([args, code, stderr]).toEqual([args, 1, expect.stringContaining(text)]);
    }
    const away = await dlq(['list'], 'http://127.0.0.1:1');
    expect([away.code, away.stderr]).toEqual([
      2,
      expect.stringMatching(/No orchestrator answers at .*\n {2}What to do: start the shop/),
    ]);
    expect(await dlq(['list'], `http://127.0.0.1:1,${shop.urlOf('orchestrator')}`)).toMatchObject({ code: 0 });
  });
});

it('the orchestrator counts open letters by queue', async () => {
  const counted = async () => {
    const metrics = await (await fetch(`${shop.urlOf('orchestrator')}/metrics`)).text();
    return Number(/^dead_letters_open{.*queue="payment_commands".*} (\d+)$/m.exec(metrics)?.[1]);
  };
  expect(await counted()).toBe(0);
  await putAside(2);
  expect(await counted()).toBe(2);
  await letters.take('payment_commands', 2);
  expect(await counted()).toBe(0);
});
