import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { projectRoot } from '@saga-checkout/local-stack';
import type { ArrivalsResult } from './arrivals.js';
import { checkBooks } from './books.js';
import { type GatewayFigures, watchGateway } from './gateway.js';
import { generate, measure } from './measure.js';
import { median, type Run } from './report.js';
import { openShop } from './shop.js';

const { values } = parseArgs({
  options: {
    connections: { type: 'string', default: '64,256' },
    times: { type: 'string', default: '3' },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '8' },
    /** MAX_CONCURRENT_SAGAS and MAX_CHECKOUTS_PER_ORCHESTRATOR, if they shall not be the defaults. */
    sagas: { type: 'string' },
    checkouts: { type: 'string' },
    /** Customers have cores of their own: as many turns of ours as they need, where the system allows it. */
    'customers-first': { type: 'boolean', default: false },
  },
});
const [rounds, seconds, times] = [Number(values.rounds), Number(values.seconds), Number(values.times)];
const counts = values.connections.split(',').map(Number);

const shop = await openShop({
  orchestrator: { ...(values.sagas && { MAX_CONCURRENT_SAGAS: values.sagas }) },
  'api-gateway': { ...(values.checkouts && { MAX_CHECKOUTS_PER_ORCHESTRATOR: values.checkouts }) },
});
const [best, floods, gateways]: [Run[], ArrivalsResult[], GatewayFigures[]] = [[], [], []];
const load: number[] = [];
let problems: readonly string[] = [];
try {
  await measure(shop, 'many', counts.at(-1) ?? 64, seconds, 3);
  // The best and the flood take turns, so that a noisy minute spoils both.
  for (let round = 1; round <= rounds; round++) {
    load.push(loadavg()[0] ?? 0);
    for (const connections of counts) {
      const run = await measure(shop, 'many', connections, seconds, 1);
      best.push(run);
      console.log(`${round}/${rounds} ${connections} at a time: ${run.perSecond.toFixed(0)}/s, p99 ${run.p99} ms`);
    }
    const rate = Math.round(times * bestSoFar());
    const gateway = await watchGateway(shop.services.get('api-gateway'));
    const first = values['customers-first'] ? ['first'] : [];
    const flood = await generate<ArrivalsResult>('arrivals.js', [
      shop.checkoutUrl,
      String(rate),
      String(seconds),
      ...first,
    ]);
    floods.push(flood);
    gateways.push(await gateway());
    console.log(`${round}/${rounds} ${rate}/s arrive: ${JSON.stringify(rounded({ ...flood, ...gateways.at(-1) }))}`);
    await shop.quiet();
  }
  problems = await checkBooks(shop.stack);
} finally {
  await shop.stop();
}

/** The best number of connections, by the median of its rounds. */
function bestSoFar(): number {
  const rates = counts.map((count) =>
    median(best.filter(({ connections }) => connections === count).map(({ perSecond }) => perSecond)),
  );
  return Math.max(...rates);
}

function rounded(flood: ArrivalsResult & Partial<GatewayFigures>): Record<string, number> {
  return Object.fromEntries(Object.entries(flood).map(([name, figure]) => [name, Math.round(figure)]));
}

const of = (figure: (flood: ArrivalsResult) => number) => median(floods.map(figure)).toFixed(0);
const ofGateway = (figure: (figures: GatewayFigures) => number) => median(gateways.map(figure)).toFixed(0);
const share = (100 * median(floods.map(({ accepted }) => accepted))) / bestSoFar();
const rows = [
  ['best throughput, one customer after the other', `${bestSoFar().toFixed(0)}/s`],
  [`arrivals, ${times} times that, whether or not the shop keeps up`, `${of(({ offered }) => offered)}/s`],
  ['accepted (201)', `${of(({ accepted }) => accepted)}/s: **${share.toFixed(0)}%** of the best`],
  ['… p50, p99', `${of(({ acceptedP50 }) => acceptedP50)} ms, **${of(({ acceptedP99 }) => acceptedP99)} ms**`],
  ['refused (503 with Retry-After)', `${of(({ refused }) => refused)}/s`],
  ['… p50, p99', `${of(({ refusedP50 }) => refusedP50)} ms, **${of(({ refusedP99 }) => refusedP99)} ms**`],
  [
    '… p99 in the first second, in which the connections are made',
    `${of(({ onsetRefusedP99 }) => onsetRefusedP99)} ms`,
  ],
  [
    'the gateway meanwhile: it ran, it waited for a core that others had',
    `${ofGateway(({ ranPercent }) => ranPercent)}%, ${ofGateway(({ waitedPercent }) => waitedPercent)}% of the time`,
  ],
  ['… by how much its event loop was late, p99', `${ofGateway(({ loopLateP99 }) => loopLateP99)} ms`],
  ['… collecting garbage', `${ofGateway(({ garbagePercent }) => garbagePercent)}% of the time`],
  ['other answers, broken connections', `${floods.reduce((sum, { other }) => sum + other, 0)}`],
  ['late by the load generator itself, p99', `${of(({ lateP99 }) => lateP99)} ms`],
  ['not sent, because 4,000 waited', `${floods.reduce((sum, { unsent }) => sum + unsent, 0)}`],
];
const at = new Date().toISOString();
const limits = [
  values.sagas && `MAX_CONCURRENT_SAGAS=${values.sagas}`,
  values.checkouts && `MAX_CHECKOUTS_PER_ORCHESTRATOR=${values.checkouts}`,
].filter(Boolean);
const report = `# Overload, ${at}

\`pnpm bench:overload\`: ${cpus().length} cores (${cpus()[0]?.model}), ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}; load average at the
start of each round ${load.map((each) => each.toFixed(1)).join(', ')}. Everything on one machine, the load generator included. Limits: ${limits.join(', ') || 'the defaults'}.${values['customers-first'] ? '\nThe load generator goes first.' : ''}
${rounds} alternating rounds of ${seconds} s; medians. Times of arrivals count from when a customer was due.

| | |
|---|---|
${rows.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}

The books: ${problems.length === 0 ? 'balanced' : problems.join('; ')}.
`;
console.log(`\n${report}`);
const folder = join(projectRoot, 'bench', 'results');
mkdirSync(folder, { recursive: true });
const name = `overload-${at.slice(0, 16).replaceAll(':', '')}`;
writeFileSync(join(folder, `${name}.md`), report);
writeFileSync(
  join(folder, `${name}.json`),
  `${JSON.stringify({ at, limits, load, best, floods, gateways, problems }, null, 1)}\n`,
);
process.exitCode = problems.length === 0 ? 0 : 1;
