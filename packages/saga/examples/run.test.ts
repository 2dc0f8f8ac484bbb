import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

/** What the example prints, run as its first lines say. */
async function printed(example: string): Promise<string> {
  const file = fileURLToPath(new URL(example, import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [file]);
  return stdout;
}

it('the first saga is taken back', async () => {
  expect(await printed('first.ts')).toMatch(/^COMPENSATED .*STEP_REFUSED pay.*STEP_COMPENSATED flight/s);
});

it('a trip is booked and paid; another one is taken back', async () => {
  const told = await printed('trip.ts');
  expect(told).toContain('pay is done: {receipt: 1040 paid}.');
  expect(told).toContain('The saga is completed.');
  expect(told).toContain('car is refused: SOLD_OUT, no car is left.');
  expect(told).toMatch(/flight has been taken back[\s\S]*hotel has been taken back[\s\S]*ended with SOLD_OUT/);
});

it('one user is approved, one rejected, one forgotten', async () => {
  const told = await printed('onboarding.ts');
  expect(told).toMatch(/03:00:00 {2}The event approval_granted arrives.*The saga is completed\./s);
  expect(told).toMatch(/account is taken back again \(attempt 2\).*ended with approval_rejected/s);
  expect(told).toMatch(/orchestrator-2 takes the saga up\.\n.*EVENT_TIMEOUT.*ended with EVENT_TIMEOUT/s);
});

it('one subscription is renewed, one ends, one is suspended', async () => {
  const told = await printed('renewal.ts');
  expect(told).toContain('3 d 08:00:00  charge is done: {receipt: 39600 from the new card}.');
  expect(told).toContain('open stays as it is: taking it back is not needed, says its condition.');
  expect(told).toMatch(/\(attempt 5\).*because of NO_MONEY: subscription\.suspend goes to subscriptions/s);
});
