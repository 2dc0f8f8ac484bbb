import { parseArgs } from 'node:util';
import { describeError } from '@saga-checkout/local-stack';
import { writeResults } from '../results.js';
import { titleOf } from './fault.js';
import { planOf } from './plan.js';
import { linesOfRun, reportOf } from './report.js';
import { type ChaosResult, runChaos } from './run-chaos.js';

const USAGE = `pnpm faults [--seed <number> | --seeds <first>-<last>] [--seconds <number>] [--rate <number>] [--plan] [--json]
  Runs the shop under load and does to it what may happen: the same for the same seed. Then all must be well by itself.
  --seed     of one run; else one by the clock, which is said
  --seeds    several runs, and a page with a line for each in docs/results/
  --seconds  how long faults are injected (120)
  --rate     customers a second (20)
  --plan     only says what would be done
  --json     the results as JSON on standard output, what happens on standard error
  Exit code: 0 all is well, 1 something was found, 2 it could not be run.`;

const options = {
  seed: { type: 'string' },
  seeds: { type: 'string' },
  seconds: { type: 'string', default: '120' },
  rate: { type: 'string', default: '20' },
  plan: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

async function main(): Promise<number> {
  const { values } = parseArgs({ options });
  const [seconds, perSecond] = [numberOf('--seconds', values.seconds), numberOf('--rate', values.rate)];
  const seeds = seedsOf(values);
  const say = (line: string) => void (values.json ? process.stderr : process.stdout).write(`${line}\n`);
  if (values.help) return said(say, [USAGE]);
  if (values.plan)
    return said(
      say,
      seeds.flatMap((seed) => planOf(seed, seconds).map((each) => `${seed}  ${each.atMs} ms  ${titleOf(each.fault)}`)),
    );
  const results: ChaosResult[] = [];
  for (const seed of seeds) {
    const result = await runChaos({ seed, seconds, perSecond, onLine: say });
    results.push(result);
    said(say, linesOfRun(result));
  }
  if (values.json) process.stdout.write(`${JSON.stringify(results, null, 1)}\n`);
  const command = ['pnpm faults', ...process.argv.slice(2)].join(' ');
  if (values.seeds !== undefined) say(`written to ${writeResults('chaos', reportOf(command, results))}`);
  return results.every(({ problems }) => problems.length === 0) ? 0 : 1;
}

function seedsOf({ seed, seeds }: { seed?: string | undefined; seeds?: string | undefined }): number[] {
  if (seeds === undefined)
    return [seed === undefined ? Math.floor(Date.now() / 1_000) % 100_000 : numberOf('--seed', seed)];
  const [first = Number.NaN, last = first] = seeds.split('-').map((each) => numberOf('--seeds', each));
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

function numberOf(name: string, text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new Error(`${name} is ${JSON.stringify(text)}, and should be a whole number; see --help`);
}

function said(say: (line: string) => void, lines: readonly string[]): 0 {
  for (const line of lines) say(line);
  return 0;
}

process.exitCode = await main().catch((error: unknown) => {
  console.error(describeError(error));
  return 2;
});
