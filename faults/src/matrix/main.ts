import { parseArgs } from 'node:util';
import { describeError } from '@saga-checkout/local-stack';
import { writeResults } from '../results.js';
import { FAULTY } from '../shop/fault-plans.js';
import { cellsOf, sampleOf, titleOf } from './cell.js';
import { allPoints, namesOf } from './points.js';
import { reportOf, takeoverLines } from './report.js';
import type { CellResult } from './run-cell.js';
import { runMatrix } from './run-matrix.js';

const USAGE = `pnpm faults:matrix [--only <text>] [--sample <number>] [--single <shops>] [--double <shops>]
  Ends and stops every process at each of its boundaries, while messages are left alone, duplicated, delayed or lost.
  --only     only cases whose title has this text: "kill inventory:", "lost:", "order.confirm"
  --sample   each boundary once, with one of its eight cases, another one for each number
             Without these two, the table goes to docs/results/matrix.md.
  --single   shops with one process of each service, in which processes are killed (2)
  --double   shops with two of each, in which processes are stopped (2)
pnpm faults:points
  Lists what a fault plan may name, for each service.`;

const options = {
  only: { type: 'string' },
  sample: { type: 'string' },
  single: { type: 'string', default: '2' },
  double: { type: 'string', default: '2' },
  points: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

async function main(): Promise<number> {
  const { values } = parseArgs({ options });
  const { only, sample, single, double, points, help } = values;
  if (help) return say(USAGE);
  if (points) {
    for (const service of FAULTY) say(`${service}\n${(await namesOf(service)).map((name) => `  ${name}`).join('\n')}`);
    return 0;
  }
  const all = await allPoints();
  const chosen = sample === undefined ? cellsOf(all) : sampleOf(all, Number(sample));
  const cells = chosen.filter((cell) => only === undefined || titleOf(cell).includes(only));
  const startedAt = performance.now();
  const results = await runMatrix({
    cells,
    single: Number(single),
    double: Number(double),
    onResult: progress(cells.length),
  });
  const tookMs = performance.now() - startedAt;
  const failed = results.filter(({ problems }) => problems.length > 0).length;
  const command = ['pnpm faults:matrix', ...process.argv.slice(2)].join(' ');
  say(`${results.length - failed} passed, ${failed} failed, in ${(tookMs / 1_000).toFixed(0)} s`);
  say(takeoverLines(results).join('\n'));
  if (only === undefined && sample === undefined)
    say(`written to ${writeResults('matrix', reportOf({ command, results, tookMs }))}`);
  return failed === 0 && results.length === cells.length ? 0 : 1;
}

function progress(all: number): (result: CellResult) => void {
  let count = 0;
  return ({ cell, tookMs, problems }) => {
    const mark = problems.length === 0 ? 'ok    ' : 'FAILED';
    say(
      `${String(++count).padStart(4)}/${all}  ${mark}  ${(tookMs / 1_000).toFixed(1).padStart(4)} s  ${titleOf(cell)}`,
    );
    for (const problem of problems) say(`              ${problem}`);
  };
}

function say(text: string): 0 {
  process.stdout.write(`${text}\n`);
  return 0;
}

process.exitCode = await main().catch((error: unknown) => {
  console.error(describeError(error));
  return 2;
});
