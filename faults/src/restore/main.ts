import { parseArgs } from 'node:util';
import { describeError, startStack } from '@saga-checkout/local-stack';
import { LOSSES, type Named, type Trial, tryRestoring } from './trial.js';

const USAGE = `pnpm faults:restore [--only <name>]
  Takes a copy of a database, runs checkouts, puts the copy back, and follows docs/operations.md to repair what is off;
  for orders, inventory, payments, orchestrator, and all four at once. Needs psql, curl and jq.
  --only   one of them`;

const options = { only: { type: 'string' }, help: { type: 'boolean', default: false } } as const;

async function main(): Promise<number> {
  const { only, help } = parseArgs({ options }).values;
  if (help) return say(USAGE);
  const losses = LOSSES.filter((loss) => only === undefined || loss === only);
  if (losses.length === 0) throw new Error(`there is nothing called ${only}; take one of ${LOSSES.join(', ')}`);
  const stack = await startStack({ profile: 'test' });
  try {
    let code = 0;
    for (const loss of losses) {
      const trial = await tryRestoring(stack, loss);
      say(reportOf(trial));
      if (!isRepaired(trial)) code = 1;
    }
    return code;
  } finally {
    await stack.down();
  }
}

/** When all have forgotten an order that the provider took money for, its refund remains alone, and I11 goes on naming it. */
const isRepaired = ({ loss, after, confirmed }: Trial): boolean =>
  confirmed.found === confirmed.expected && after.every(({ name }) => loss === 'all four' && name === 'I11');

function reportOf({ loss, before, after, confirmed, tookMs }: Trial): string {
  const lines = (title: string, all: readonly Named[]) => [
    `  ${title}${all.length === 0 ? ' nothing' : ''}`,
    ...all.flatMap(({ name, offending, texts }) => [
      `    ${name}, ${offending} rows`,
      ...texts.map((text) => `      ${text}`),
    ]),
  ];
  const head = `${loss} older, ${(tookMs / 1_000).toFixed(0)} s`;
  return [
    head,
    ...lines('put back, the auditor names', before),
    ...lines('repaired, it names', after),
    `  ${confirmed.found} orders stand, of ${confirmed.expected}`,
  ].join('\n');
}

function say(text: string): 0 {
  process.stdout.write(`${text}\n`);
  return 0;
}

process.exitCode = await main().catch((error: unknown) => {
  console.error(describeError(error));
  return 2;
});
