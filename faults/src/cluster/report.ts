import { machine } from '../results.js';
import { type ScenarioResult, STEP_TIMEOUT_MS } from './run-cluster.js';

const HEAD = `Three RabbitMQ nodes form one broker, with every queue on each of them; two Postgres servers are a primary and its
synchronous standby. Two orchestrators and two of each participant know all hosts (\`RABBITMQ_URL\`, \`DB_URL\`). The queues are
declared while one node is away, which gets its members afterwards (\`rabbitmq-queues grow\`). Ten customers go on buying
while the servers are killed, restarted, promoted and rebuilt; each asks again, with the same key, until the shop has taken
the order. After each scenario all sagas must end, the queues must be empty and on all three nodes, and the auditor must find
nothing, least of all an acknowledged checkout that is gone.`;

const seconds = (ms: number): string => (ms / 1_000).toFixed(2);

/** A scenario, for a terminal. */
export function linesOf({ name, taken, aftermaths, problems }: ScenarioResult): string[] {
  return [
    `${problems.length === 0 ? 'ok    ' : 'FAILED'}  ${name}: ${taken} checkouts taken`,
    ...aftermaths.map(
      ({ what, firstTakenMs, longestPauseMs, endedMs }) =>
        `          ${what}: first taken after ${seconds(firstTakenMs)} s, none for ${seconds(longestPauseMs)} s, ended after ${seconds(endedMs)} s`,
    ),
    ...problems.map((problem) => `          ${problem}`),
  ];
}

/** The run as a page in Markdown. */
export function reportOf(command: string, results: readonly ScenarioResult[]): string {
  const rows = results.flatMap(({ aftermaths }) =>
    aftermaths.map(
      ({ what, firstTakenMs, longestPauseMs, endedMs }) =>
        `| ${what} | ${seconds(firstTakenMs)} | ${seconds(longestPauseMs)} | ${seconds(endedMs)} |`,
    ),
  );
  const lines = [
    '# A cluster loses its servers',
    '',
    `${new Date().toISOString().slice(0, 10)}, \`${command}\`, ${machine()}.`,
    '',
    HEAD,
    '',
    `Step timeout ${STEP_TIMEOUT_MS} ms. Figures in seconds after what was done: until the first checkout was taken that was asked`,
    'for afterwards; the longest time in which none was taken; until the last saga had ended that had begun before.',
    '',
    '| what was done | first taken | none taken for | all ended |',
    '|---|--:|--:|--:|',
    ...rows,
    '',
    '| scenario | checkouts taken | |',
    '|---|--:|---|',
    ...results.map(
      ({ name, taken, problems }) => `| ${name} | ${taken} | ${problems.length === 0 ? 'ok' : '**failed**'} |`,
    ),
    ...results.flatMap(({ problems }) => problems.map((problem) => `- ${problem.replaceAll('\n', ' ')}`)),
  ];
  return `${lines.join('\n')}\n`;
}
