import { parseArgs } from 'node:util';
import { describeError } from '@saga-checkout/local-stack';
import { writeResults } from '../results.js';
import { linesOf, reportOf } from './report.js';
import { runCluster } from './run-cluster.js';
import { SCENARIOS } from './scenarios.js';

const USAGE = `pnpm faults:cluster [--only <text>]
  Three RabbitMQ nodes and two Postgres servers lose one after the other, under load; nothing acknowledged may be lost.
  --only  only scenarios whose name has this text: "broker", "standby is killed"
  Exit code: 0 all is well, 1 something was found, 2 it could not be run.`;

const options = { only: { type: 'string' }, help: { type: 'boolean', default: false } } as const;

async function main(): Promise<number> {
  const { only = '', help } = parseArgs({ options }).values;
  if (help) return say([USAGE]);
  const scenarios = SCENARIOS.filter(({ name }) => name.includes(only));
  const results = await runCluster(scenarios, (result) => say(linesOf(result)));
  const command = ['pnpm faults:cluster', ...process.argv.slice(2)].join(' ');
  if (only === '') say([`written to ${writeResults('cluster', reportOf(command, results))}`]);
  return results.length > 0 && results.every(({ problems }) => problems.length === 0) ? 0 : 1;
}

function say(lines: readonly string[]): 0 {
  for (const line of lines) process.stdout.write(`${line}\n`);
  return 0;
}

process.exitCode = await main().catch((error: unknown) => {
  console.error(describeError(error));
  return 2;
});
