import { machine } from '../results.js';
import { titleOf } from './fault.js';
import type { ChaosResult } from './run-chaos.js';
import { CHECKOUT_WAIT_MS, STEP_TIMEOUT_MS } from './world.js';

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

const listed = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');

/** Faults by kind, how many. */
function kindsOf({ performed }: ChaosResult): Record<string, number> {
  const byKind = Map.groupBy(performed, ({ fault }) => fault.kind);
  return Object.fromEntries([...byKind].map(([kind, of]) => [kind, of.length] as const).sort());
}

/** A run, for a terminal; one that failed with its plan. */
export function linesOfRun(result: ChaosResult): string[] {
  const { seed, performed, problems, folder } = result;
  const lines = [
    `seed ${seed}: ${result.customers} customers in ${result.seconds} s, ${performed.length} faults`,
    `  checkouts   ${listed(result.outcomes)}`,
    `  faults      ${listed(kindsOf(result))}`,
    `  answers     ${listed(result.answers)}`,
    `  broken connections to gateways that were away: ${result.broken}; not let in: ${result.turnedAway}; ` +
      `longest answer ${seconds(result.longestAnswerMs)}`,
    `  from heal   all ready after ${seconds(result.readyMs)}, the last saga ended after ${seconds(result.endedMs)}`,
    `  duplicates  ${result.sentAgain} commands sent again; ${result.repeated} came again and were answered from the record`,
  ];
  if (problems.length === 0) return [...lines, '  ok'];
  return [
    ...lines,
    `  FAILED: ${problems.length} problems`,
    ...problems.slice(0, 40).map((problem) => `    ${problem.slice(0, 600)}`),
    ...(problems.length > 40 ? [`    and ${problems.length - 40} more, in ${folder}/result.json`] : []),
    `  the plan of seed ${seed}, as it was performed:`,
    ...performed.map(
      ({ beganMs, overMs, fault }) => `    ${seconds(beganMs)} to ${seconds(overMs)}  ${titleOf(fault)}`,
    ),
    `  logs: ${folder}`,
  ];
}

const HEAD = `Customers come at a steady rate to two gateways, in front of two orchestrators and two of each participant; every
connection between these processes, the broker and Postgres leads through a TCP proxy. Every few seconds something goes
wrong, sometimes two things at once: processes are killed, terminated, paused or slowed; the broker and Postgres are killed,
restarted and paused; the broker's memory alarm goes off, a queue is deleted; database connections are terminated, a database is closed, all
connections are taken; the network is cut, swallows everything, is late, narrow, or resets. Killed processes are started
again by a supervisor; nothing else is done by hand. Then all faults are over, every process must become ready and every saga
must end by itself, the auditor must find nothing, every order that a customer was told of must be found and be what they
were told, nobody may have bought twice; and every answer must be one that the interface documents: no 500, no
connection that breaks but to a gateway that was down itself, no customer who never learns the outcome.`;

/** Runs as a page in Markdown, a line for each. */
export function reportOf(command: string, results: readonly ChaosResult[]): string {
  const failed = results.filter(({ problems }) => problems.length > 0);
  const rows = results.map((result) => {
    const { seed, performed, outcomes, answers } = result;
    const confirmed = outcomes.confirmed ?? 0;
    const failures = outcomes.CHECKOUT_FAILED ?? 0;
    const refused = Object.values(outcomes).reduce((sum, count) => sum + count, 0) - confirmed - failures;
    const notNow = Object.entries(answers).flatMap(([name, count]) => (/ 503 /.test(name) ? [count] : []));
    const cells = [
      ...[seed, performed.length, result.customers, confirmed, refused, failures],
      notNow.reduce((sum, count) => sum + count, 0),
      ...[
        result.sentAgain,
        result.repeated,
        seconds(result.longestAnswerMs),
        seconds(result.readyMs),
        seconds(result.endedMs),
      ],
      result.problems.length === 0 ? 'ok' : '**failed**',
    ];
    return `| ${cells.join(' | ')} |`;
  });
  const lines = [
    '# Chaos',
    '',
    `${new Date().toISOString().slice(0, 10)}, \`${command}\`, ${machine()}.`,
    '',
    HEAD,
    '',
    `${results.length} runs, ${results.length - failed.length} passed, ${failed.length} failed. Step timeout ${STEP_TIMEOUT_MS} ms, ` +
      `checkouts are waited for ${CHECKOUT_WAIT_MS} ms.`,
    '',
    '| seed | faults | customers | confirmed | refused | failed and taken back | 503 on the way | commands sent again | duplicates suppressed | longest answer | heal to all ready | heal to the last end | |',
    '|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|---|',
    ...rows,
    '',
    '| fault | times |',
    '|---|--:|',
    ...Object.entries(sumOf(results.map(kindsOf))).map(([kind, count]) => `| ${kind} | ${count} |`),
    ...failed.flatMap(({ seed, problems }) => [
      '',
      `Seed ${seed} failed:`,
      '',
      ...problems.slice(0, 20).map((problem) => `- ${problem.replaceAll('\n', ' ')}`),
    ]),
  ];
  return `${lines.join('\n')}\n`;
}

function sumOf(all: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const [name, count] of all.flatMap((each) => Object.entries(each))) sum[name] = (sum[name] ?? 0) + count;
  return Object.fromEntries(Object.entries(sum).sort());
}
