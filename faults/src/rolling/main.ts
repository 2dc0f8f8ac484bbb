import { parseArgs } from 'node:util';
import { describeError, startStack } from '@saga-checkout/local-stack';
import { writeResults } from '../results.js';
import { problemsOf, reportOf } from './report.js';
import { runRolling } from './run-rolling.js';

const USAGE = `pnpm faults:rolling [--restarts <number>] [--rate <customers per second>] [--seed <number>]
  Restarts two of each service one after the other while customers come and go; not one request may fail.
  --restarts  how many (200)
  --rate      new customers in a second (40); each sends three requests
  --seed      decides the order of the restarts (1)`;

const options = {
  restarts: { type: 'string', default: '200' },
  rate: { type: 'string', default: '40' },
  seed: { type: 'string', default: '1' },
  help: { type: 'boolean', default: false },
} as const;

async function main(): Promise<number> {
  const { values } = parseArgs({ options });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const [restarts, rate, seed] = [Number(values.restarts), Number(values.rate), Number(values.seed)];
  const stack = await startStack({ profile: 'test' });
  try {
    const result = await runRolling({
      stack,
      restarts,
      rate,
      seed,
      onRestart: ({ name, drainMs, startMs, problem }, number) =>
        console.log(
          `${String(number).padStart(4)}/${restarts}  ${name.padEnd(20)} ended after ${drainMs.toFixed(0).padStart(5)} ms, ` +
            `ready after ${startMs.toFixed(0).padStart(5)} ms${problem === undefined ? '' : `  ${problem}`}`,
        ),
    });
    const problems = problemsOf(result);
    for (const problem of problems) console.log(problem);
    const longest = Math.max(...result.restarts.map(({ drainMs }) => drainMs));
    console.log(
      `${result.restarts.length} restarts, ${result.tookMs.length} requests, ${result.failures.length} failed, ` +
        `${problems.length} problems; the longest drain took ${longest.toFixed(0)} ms`,
    );
    const command = ['pnpm faults:rolling', ...process.argv.slice(2)].join(' ');
    console.log(`written to ${writeResults('rolling', reportOf({ command, rate, seed, result }))}`);
    return problems.length === 0 ? 0 : 1;
  } finally {
    await stack.down();
  }
}

process.exitCode = await main().catch((error: unknown) => {
  console.error(describeError(error));
  return 2;
});
