import type { InvariantReport, Report } from '../report.js';

const WIDTH = 100;
const MARKS = { ok: 'ok', broken: 'BROKEN', unknown: 'UNKNOWN', 'not asked': '-' } as const;

/** The report for people. */
export function print(report: Report): string {
  const { invariants, unended, moment, startedAt, tookMs } = report;
  const head = `Audit ${moment === 'rest' ? 'at rest' : 'at any moment (--live)'}, ${startedAt}, ${(tookMs / 1_000).toFixed(1)} s`;
  return [head, '', ...invariants.flatMap(linesOfInvariant), ...linesOfUnended(unended), '', conclusion(report)].join(
    '\n',
  );
}

function linesOfInvariant({
  name,
  result,
  sentence,
  checked,
  of,
  offending,
  first,
  problem,
}: InvariantReport): string[] {
  const count = result === 'not asked' ? 'holds at rest only' : `${counted(checked)} ${of} checked`;
  const offends = offending > 0 ? `, ${counted(offending)} offending` : '';
  const more = offending - first.length;
  return [
    `${name.padEnd(3)}  ${MARKS[result].padEnd(7)}  ${count}${offends}`,
    ...wrapped(sentence, 14),
    ...first.flatMap(({ text }) => [...wrapped(text, 16, '✗ ')]),
    ...(more > 0 ? [`${' '.repeat(16)}… and ${counted(more)} more`] : []),
    ...(problem ? [...wrapped(problem.message, 16, '? '), ...wrapped(`What to do: ${problem.cure}`, 16)] : []),
  ];
}

function linesOfUnended({ count, first }: Report['unended']): string[] {
  if (count === 0) return [];
  const more = count - first.length;
  return [
    '',
    `${counted(count)} checkouts have not ended; what holds at rest was not asked of their orders:`,
    ...first.flatMap(({ text }) => wrapped(text, 16, '? ')),
    ...(more > 0 ? [`${' '.repeat(16)}… and ${counted(more)} more`] : []),
  ];
}

function conclusion({ result, invariants, unended }: Report): string {
  if (result === 'clean') return 'All that was asked holds.';
  const named = (wanted: InvariantReport['result']) =>
    invariants.filter((each) => each.result === wanted).map(({ name }) => name);
  if (result === 'broken') return `Broken: ${named('broken').join(', ')}.`;
  const unknown = named('unknown');
  return [
    'Nothing is broken, but not everything could be checked.',
    ...(unknown.length > 0 ? [`${unknown.join(', ')}: see above.`] : []),
    ...(unended.count > 0
      ? ['What to do: see to those that wait for a person, give the others more time (--grace), or ask with --live.']
      : []),
  ].join(' ');
}

const counted = (count: number): string => count.toLocaleString('en');

/** Words on lines that are not too long, indented; an id stays whole. */
function wrapped(text: string, indent: number, mark = ''): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && indent + line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  lines.push(line);
  return lines.map(
    (each, index) => `${' '.repeat(indent - (index === 0 ? mark.length : 0))}${index === 0 ? mark : ''}${each}`,
  );
}
