import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { projectRoot, startStack } from '@saga-checkout/local-stack';
import type { Bench, Findings, StoreName } from './bench.js';
import { history } from './part-history.js';
import { concurrency, steps } from './part-load.js';
import { recovery, sweeps } from './part-recovery.js';
import { transitions } from './part-transitions.js';
import { jsonOf, keep, textOf } from './report.js';
import { Server } from './server.js';

const { values } = parseArgs({
  options: {
    stores: { type: 'string', default: 'memory,postgres' },
    concurrency: { type: 'string', default: '1,10,100,1000,10000' },
    seconds: { type: 'string', default: '2' },
    runs: { type: 'string', default: '1' },
    backlog: { type: 'string', default: '10000' },
    pairs: { type: 'string', default: '3' },
    finished: { type: 'string', default: '1000000' },
    parts: { type: 'string', default: 'transitions,concurrency,steps,recovery,sweeps,history' },
    /** A Postgres to use instead of one that is started for this. */
    server: { type: 'string' },
    json: { type: 'boolean', default: false },
    results: { type: 'string', default: join(projectRoot, 'bench', 'results') },
  },
});
const options = {
  stores: values.stores.split(',') as StoreName[],
  concurrencies: values.concurrency.split(',').map(Number),
  seconds: Number(values.seconds),
  runs: Number(values.runs),
  backlog: Number(values.backlog),
  pairs: Number(values.pairs),
  finished: Number(values.finished),
  say: (line: string) => void (values.json ? process.stderr : process.stdout).write(`${line}\n`),
};

/** Those that need no database come first; of the others, the one that fills the disk comes last. */
const PARTS = {
  transitions: { measure: transitions, needsServer: false },
  concurrency: { measure: concurrency, needsServer: false },
  steps: { measure: steps, needsServer: false },
  recovery: { measure: recovery, needsServer: true },
  sweeps: { measure: sweeps, needsServer: true },
  history: { measure: history, needsServer: true },
};

const began = new Date();
const { findings, postgres } = options.stores.includes('postgres') ? await onServer() : await onNone();
const report = { began, seconds: options.seconds, postgres, findings };
console.log(values.json ? jsonOf(report) : `\n${textOf(report)}`);
keep(report, resolve(values.results));

async function onServer() {
  const stack = values.server === undefined ? await startStack({ profile: 'bench' }) : undefined;
  try {
    const server = await Server.open(values.server ?? stack?.postgres.url ?? '');
    try {
      return { postgres: await server.version(), findings: await measureAll({ ...options, server }) };
    } finally {
      await server.close();
    }
  } finally {
    await stack?.down();
  }
}

async function onNone() {
  return { postgres: undefined, findings: await measureAll(options) };
}

async function measureAll(bench: Bench): Promise<Findings[]> {
  const wanted = values.parts.split(',');
  const findings: Findings[] = [];
  for (const [name, { measure, needsServer }] of Object.entries(PARTS)) {
    if (wanted.includes(name) && (bench.server !== undefined || !needsServer)) findings.push(...(await measure(bench)));
  }
  return findings;
}
