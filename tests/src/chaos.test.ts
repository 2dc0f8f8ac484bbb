import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { projectRoot } from '@saga-checkout/local-stack';
import { expect, it } from 'vitest';

/** Always the same, so that a failure can be repeated: `pnpm faults --seed 12 --seconds 15 --rate 15`. */
const ARGUMENTS = ['--seed', '12', '--seconds', '15', '--rate', '15'];

/** What a run has shown, as far as it is looked at here. */
interface Result {
  readonly customers: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly performed: readonly object[];
  readonly problems: readonly string[];
  readonly folder?: string;
}

/** The command as a person types it; it brings servers of its own. */
function faults(args: readonly string[]): Promise<{ code: number | string; results: readonly Result[]; said: string }> {
  const file = join(projectRoot, 'faults', 'dist', 'chaos', 'main.js');
  const options = { timeout: 170_000, maxBuffer: 64 * 1024 * 1024 };
  return new Promise((resolve) => {
    execFile(process.execPath, [file, '--json', ...args], options, (error, stdout, said) => {
      const results = stdout === '' ? [] : (JSON.parse(stdout) as Result[]);
      resolve({ code: error ? (error.code ?? String(error.signal)) : 0, results, said });
    });
  });
}

it('a quarter of a minute of chaos: every answer is documented, every saga ends, nothing is lost, books balance', async () => {
  const { code, results, said } = await faults(ARGUMENTS);
  console.log(`faults ${ARGUMENTS.join(' ')}\n${said}`);
  expect(results.flatMap(({ problems }) => problems)).toEqual([]);
  expect(code).toBe(0);
  const [{ customers, outcomes, performed }] = results as [Result];
  expect(performed.length).toBeGreaterThanOrEqual(4);
  expect(customers).toBeGreaterThan(100);
  expect(outcomes.confirmed).toBeGreaterThan(customers / 3);
}, 180_000);

it('says what is wrong with its arguments, and exits with 2', async () => {
  const { code, said } = await faults(['--seed', 'one']);
  expect(code).toBe(2);
  expect(said).toContain('--seed is "one", and should be a whole number; see --help');
});
