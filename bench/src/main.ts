import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { projectRoot } from '@saga-checkout/local-stack';
import { checkBooks } from './books.js';
import { measure } from './measure.js';
import { type Run, tableOf } from './report.js';
import { openShop } from './shop.js';

const { values } = parseArgs({
  options: {
    connections: { type: 'string', default: '1,16,64,256' },
    runs: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '5' },
    'warm-up': { type: 'string', default: '2' },
    modes: { type: 'string', default: 'many,hot' },
  },
});
const counts = values.connections.split(',').map(Number);
const modes = values.modes.split(',') as Run['mode'][];
const [rounds, seconds, warmUp] = [Number(values.runs), Number(values.seconds), Number(values['warm-up'])];

const shop = await openShop();
const runs: Run[] = [];
const problems: string[] = [];
try {
  // Each round measures everything once, so that a noisy minute spoils one run of each and not all runs of one.
  for (let round = 1; round <= rounds; round++) {
    for (const connections of counts) {
      for (const mode of modes) {
        const run = await measure(shop, mode, connections, seconds, round === 1 ? Math.max(warmUp, 3) : warmUp);
        runs.push(run);
        const { perSecond, p50, p99, notOk, errors } = run;
        const rest = notOk + errors > 0 ? ` · ${notOk} not 201, ${errors} errors` : '';
        console.log(
          `${round}/${rounds} ${mode} ${connections}: ${perSecond.toFixed(0)}/s · p50 ${p50} ms · p99 ${p99} ms${rest}`,
        );
      }
    }
  }
  await shop.quiet();
  problems.push(...(await checkBooks(shop.stack)));
} finally {
  await shop.stop();
}

const memory = Object.entries(runs.at(-1)?.memoryMb ?? {}).map(([name, mb]) => `${name} ${mb.toFixed(0)}`);
const report = `# Load on the public interface, ${new Date().toISOString()}

${cpus().length} cores (${cpus()[0]?.model}), ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}; RabbitMQ ${shop.stack.rabbitmq.version}, Postgres ${shop.stack.postgres.version}.
Everything on one machine, the load generator included; fsync and synchronous commit on, quorum queues, publisher confirms.
${rounds} alternating runs of ${seconds} s after a warm-up; medians. Many products: two lines per cart; hot: one line, always the same product.
CPU in ms per checkout, by process.

${tableOf(runs)}

Memory at the end (MB): ${memory.join(', ')}.
The books: ${problems.length === 0 ? 'balanced' : problems.join('; ')}.
`;
console.log(`\n${report}`);
const folder = join(projectRoot, 'bench', 'results');
mkdirSync(folder, { recursive: true });
const name = new Date().toISOString().slice(0, 16).replaceAll(':', '');
writeFileSync(join(folder, `${name}.md`), report);
writeFileSync(
  join(folder, `${name}.json`),
  `${JSON.stringify({ at: new Date().toISOString(), rounds, seconds, runs, problems }, null, 1)}\n`,
);
process.exitCode = problems.length === 0 ? 0 : 1;
