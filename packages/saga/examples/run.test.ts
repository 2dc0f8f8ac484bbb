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
