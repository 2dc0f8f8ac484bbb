import { spawn } from 'node:child_process';
import type { LoadResult } from './load.js';
import type { Run } from './report.js';
import type { Shop } from './shop.js';

/** Puts the shop under load for a warm-up and then for the measured time, and takes the figures. */
export async function measure(
  shop: Shop,
  mode: Run['mode'],
  connections: number,
  seconds: number,
  warmUp: number,
): Promise<Run> {
  if (warmUp > 0) await load(shop.checkoutUrl, mode, connections, warmUp);
  const [cpuBefore, workBefore] = [shop.cpu(), await shop.work()];
  const result = await load(shop.checkoutUrl, mode, connections, seconds);
  const [cpuAfter, workAfter] = [shop.cpu(), await shop.work()];
  const per = (total: number) => total / Math.max(1, result.ok);
  return {
    mode,
    connections,
    perSecond: result.ok / result.seconds,
    p50: result.p50,
    p99: result.p99,
    notOk: result.notOk,
    errors: result.errors,
    cpuMs: Object.fromEntries(
      Object.entries(cpuAfter).map(([name, used]) => [name, per((used - (cpuBefore[name] ?? 0)) * 1_000)]),
    ),
    statements: per(workAfter.statements - workBefore.statements),
    commits: per(workAfter.commits - workBefore.commits),
    memoryMb: shop.memory(),
  };
}

function load(url: string, mode: string, connections: number, seconds: number): Promise<LoadResult> {
  return generate('load.js', [url, String(connections), String(seconds), mode]);
}

/** Has a load generator, a script beside this one, do its work in a process of its own, and returns what it prints. */
export function generate<Result>(script: string, args: readonly string[]): Promise<Result> {
  const path = new URL(`./${script}`, import.meta.url).pathname;
  const child = spawn(process.execPath, [path, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(JSON.parse(output));
      else reject(new Error(`the load generator ended with ${code}: ${output}`));
    });
  });
}
