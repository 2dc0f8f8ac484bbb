import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, expect, it } from 'vitest';

const run = promisify(execFile);
const results = mkdtempSync(join(tmpdir(), 'engine-bench-'));
afterAll(() => rmSync(results, { recursive: true }));

interface Finding {
  readonly title: string;
  readonly data: readonly Record<string, number | string | null>[];
}

it('measures the engine on both stores, and keeps what it found', { timeout: 120_000 }, async () => {
  const main = fileURLToPath(new URL('../../dist/engine/main.js', import.meta.url));
  const small =
    '--concurrency 5 --seconds 0.1 --backlog 40 --pairs 1 --finished 200 --parts transitions,concurrency,recovery,sweeps,history';
  const server = process.env.TEST_DB_URL ?? '';
  const rest = ['--json', '--results', results, '--server', server];
  const { stdout } = await run(process.execPath, [main, ...small.split(' '), ...rest]);

  const { findings } = JSON.parse(stdout) as { findings: Finding[] };
  const [transitions, concurrency, recovery, sweeps, history, questions] = findings.map(({ data }) => data);
  expect(transitions?.map(({ transitions: count }) => count)).toEqual([5, 8, 9, 33]);
  for (const { perSecond, engineMs } of concurrency ?? [])
    for (const figure of [perSecond, engineMs]) expect(figure).toBeGreaterThan(0);
  expect(concurrency?.map(({ store }) => store)).toEqual(['memory', 'postgres']);
  // Five sagas that share their five rounds, and a sweep now and then.
  for (const figure of ['statements', 'commits']) expect(concurrency?.[1]?.[figure]).toBeGreaterThan(0.9);
  expect([recovery, sweeps, history, questions].map((data) => data?.length)).toEqual([2, 2, 2, 12]);
  for (const { ms, many } of questions ?? []) for (const figure of [ms, many]) expect(figure).toBeGreaterThan(0);

  const [json, text] = readdirSync(results).sort();
  expect(JSON.parse(readFileSync(join(results, json ?? ''), 'utf8'))).toEqual(JSON.parse(stdout));
  expect(readFileSync(join(results, text ?? ''), 'utf8')).toContain('| postgres | 5 |');
});
