import { machine } from '../results.js';
import { LOOK_MS } from './balancer.js';
import { DRAIN_LIMIT_MS } from './restart.js';
import { DELAY_MS, type RollingResult } from './run-rolling.js';

export interface Run {
  readonly command: string;
  readonly rate: number;
  readonly seed: number;
  readonly result: RollingResult;
}

/** Everything that should not have been, one line each; nothing if all went well. */
export const problemsOf = ({ restarts, failures, complaints, problems }: RollingResult): string[] => [
  ...restarts.flatMap(({ problem }) => problem ?? []),
  ...failures.map(({ at, question, answer }) => `after ${at} ms: ${question} was answered ${answer}`),
  ...complaints,
  ...problems,
];

/** The page of a run. */
export function reportOf({ command, rate, seed, result }: Run): string {
  const { restarts, statuses, tookMs, lastedMs } = result;
  const found = problemsOf(result);
  return `# Restarted one after the other, under load

${new Date().toISOString().slice(0, 10)}, \`${command}\`, seed ${seed}, ${machine()}.

Two of each service. One process after the other, each once in every round, in random order, gets SIGTERM, ends, and is started
again; the next waits until it is ready. Meanwhile ${rate} customers come in each second, whether or not those before them have
been served: each checks out once (one in ten with a card that is declined, one for what is sold out, one with a card that takes
2 s, one without waiting), then reads the order or its saga, and the catalog or their orders. Nobody asks twice. A load balancer
asks each gateway every ${LOOK_MS} ms whether it is ready, and repeats nothing; a gateway goes on for ${DELAY_MS} ms after SIGTERM.

Every answer must be the one of quiet times; each process must end by itself with 0 within ${DRAIN_LIMIT_MS / 1_000} s; no service
may write down an error or refuse checkouts for a participant's sake; at the end, the auditor must find nothing.

${restarts.length} restarts in ${(lastedMs / 60_000).toFixed(1)} minutes, ${tookMs.length} requests, **${result.failures.length} failed**, ${found.length} problems in all.
Answers by status: ${Object.entries(statuses)
    .map(([status, count]) => `${status}: ${count}`)
    .join(', ')}.
Requests took ${at(tookMs, 0.5)} ms (median), ${at(tookMs, 0.99)} ms (99 %), ${at(tookMs, 1)} ms at most.

| process | restarts | to its end, median, ms | longest | until ready, median, ms | longest |
|---|--:|--:|--:|--:|--:|
${table(restarts)}
${found.length === 0 ? '' : `\n## Problems\n\n${found.map((line) => `- ${line}`).join('\n')}\n`}`;
}

function table(restarts: RollingResult['restarts']): string {
  const names = [...new Set(restarts.map(({ name }) => name))].sort();
  const row = (name: string) => {
    const own = restarts.filter((one) => one.name === name);
    const drains = own.map(({ drainMs }) => drainMs).sort((one, other) => one - other);
    const starts = own.map(({ startMs }) => startMs).sort((one, other) => one - other);
    return `| ${name} | ${own.length} | ${at(drains, 0.5)} | ${at(drains, 1)} | ${at(starts, 0.5)} | ${at(starts, 1)} |`;
  };
  return names.map(row).join('\n');
}

/** Of sorted figures the one below which that share lies, in whole ms. */
const at = (sorted: readonly number[], share: number): string =>
  (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN).toFixed(0);
