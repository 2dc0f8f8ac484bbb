import { machine } from '../results.js';
import { DELAY_MS, ENDS, MESSAGES, STEP_TIMEOUT_MS, titleOf } from './cell.js';
import type { CellResult } from './run-cell.js';

/** How a run went, for a page. */
export interface MatrixRun {
  readonly command: string;
  readonly results: readonly CellResult[];
  readonly tookMs: number;
}

const HEAD = `Each process is killed (SIGKILL) at each of its named boundaries and started again; or stopped there (SIGSTOP) for longer than
a step's timeout, while a sibling goes on, and let go on (SIGCONT). Besides, the message that carries the checkout there, the
command or its answer, is left alone, duplicated, delayed past its timeout, or lost. In each case three checkouts are placed;
all their sagas must end, the auditor must find nothing, the queues must be empty, no process may end that was not killed, and
the boundary must have been reached and the message spoilt. What a killed participant had not acknowledged must be in its queue
again, what was lost or late must have been missed, and an orchestrator that goes on after another has taken its saga over must
find that the row has moved on. A figure is how long the case took, in seconds, restarts and audit
included.`;

/** The run as a page in Markdown. */
export function reportOf({ command, results, tookMs }: MatrixRun): string {
  const failed = results.filter(({ problems }) => problems.length > 0);
  const lines = [
    '# Killed and stopped at every boundary',
    '',
    `${new Date().toISOString().slice(0, 10)}, \`${command}\`, ${machine()}.`,
    '',
    HEAD,
    '',
    `${results.length} cases, ${results.length - failed.length} passed, ${failed.length} failed, in ${minutes(tookMs)}. ` +
      `Step timeout ${STEP_TIMEOUT_MS} ms, delay ${DELAY_MS} ms.`,
    '',
    ...takeoverLines(results),
    '',
    ...(failed.length === 0 ? [] : ['## What failed', '', ...failed.flatMap(failureLines), '']),
    '## Cases',
    '',
    ...tableOf(results),
  ];
  return `${lines.join('\n')}\n`;
}

/** How long it took until somebody went on with what was left behind. */
export function takeoverLines(results: readonly CellResult[]): string[] {
  const groups = Map.groupBy(results, ({ cell }) => groupOf(cell));
  return [
    'How long it took until another process, or the same one started again, went on with what was left behind, in ms:',
    '',
    '| | cases | median | longest |',
    '|---|--:|--:|--:|',
    ...[...groups].map(([name, of]) => {
      const times = of.flatMap(({ takenOverMs }) => takenOverMs ?? []).sort((one, other) => one - other);
      return `| ${name} | ${times.length} | ${times[times.length >> 1] ?? ''} | ${times.at(-1) ?? ''} |`;
    }),
  ];
}

const groupOf = ({ point, end, fate }: CellResult['cell']): string => {
  const who = point.service === 'orchestrator' ? 'an orchestrator' : 'a participant';
  const spoilt = point.service !== 'orchestrator' && (fate === 'lose' || fate === 'delay');
  return `${who} ${end === 'kill' ? 'killed' : 'stopped'}${spoilt ? ', its message lost or late' : ''}`;
};

const failureLines = ({ cell, problems }: CellResult) => [
  `- ${titleOf(cell)}`,
  ...problems.map((problem) => `  - ${problem.replaceAll('\n', ' ')}`),
];

function tableOf(results: readonly CellResult[]): string[] {
  const columns = ENDS.flatMap((end) => MESSAGES.map((fate) => ({ end, fate })));
  const byPoint = Map.groupBy(results, ({ cell }) => cell.point.name);
  const head = columns.map(({ end, fate }) => `${end}, ${NAMES[fate]}`);
  const rows = [...byPoint].map(([point, of]) => {
    const texts = columns.map(({ end, fate }) => textOf(of.find(({ cell }) => cell.end === end && cell.fate === fate)));
    return `| \`${point}\` | ${texts.join(' | ')} |`;
  });
  return [`| boundary | ${head.join(' | ')} |`, `|---|${columns.map(() => '--:').join('|')}|`, ...rows];
}

const NAMES = { nothing: 'alone', duplicate: 'duplicated', delay: 'delayed', lose: 'lost' } as const;

function textOf(result: CellResult | undefined): string {
  if (result === undefined) return '';
  return result.problems.length > 0 ? '**failed**' : (result.tookMs / 1_000).toFixed(1);
}

const minutes = (ms: number): string => `${(ms / 60_000).toFixed(1)} minutes`;
