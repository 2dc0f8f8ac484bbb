/** Letters as a table; what is long is cut to what a line of a terminal holds. */
export function printList(letters, more) {
  if (letters.length === 0) return console.log('There are none.');
  const rows = letters.map((letter) => [
    letter.id,
    letter.status,
    since(letter.deadAt ?? letter.recordedAt),
    letter.queue,
    letter.type ?? '-',
    letter.reason,
    letter.sagaId ?? '-',
  ]);
  printTable([['ID', 'STATUS', 'SINCE', 'QUEUE', 'COMMAND', 'REASON', 'SAGA'], ...rows]);
  if (more) console.log(`\nThere are more: --limit ${letters.length * 10} shows them.`);
}

/** One letter, all that is known. */
export function printDetail(letter) {
  const { decision, saga } = letter;
  const lines = [
    ['letter', letter.id],
    ['status', letter.status],
    ['queue', letter.queue],
    ['command', letter.type],
    ['reason', [letter.reason, letter.detail].filter(Boolean).join(': ')],
    ['saga', saga ? `${saga.id}, ${saga.status}` : letter.sagaId && `${letter.sagaId}, not known`],
    ['step', letter.step && `${letter.step}, attempt ${letter.attempts ?? 'unknown'}`],
    ['item', letter.itemId],
    ['put aside', letter.deadAt],
    ['recorded', letter.recordedAt],
    ['sent again before', letter.redriveOf && `as letter ${letter.redriveOf}`],
    ['decided', decision && `${decision.at} by ${decision.by}: ${decision.reason}`],
    ['ended', letter.endedAt],
    ['body', `${letter.sizeBytes} bytes`],
  ];
  printTable(lines.filter(([, value]) => value !== null && value !== undefined && value !== ''));
  console.log(indented(textOf(letter.body)));
  for (const warning of letter.warnings) console.log(`Mind: ${warning}.`);
  if (letter.notRedrivable !== null) console.log(`It cannot be sent again: ${letter.notRedrivable}.`);
  console.log();
}

/** What became of each letter. */
export function printDone(results, action) {
  if (results.length === 0) return console.log('No letter matches: nothing was done.');
  for (const { id, done, status, message } of results)
    console.log(done ? `${id}  ${status}` : `${id}  refused: ${message}`);
  const count = results.filter(({ done }) => done).length;
  const word = action === 'redrive' ? 'sent again' : 'discarded';
  if (results.length > 1) console.log(`${count} of ${results.length} ${word}.`);
}

function textOf({ json, text, base64 }) {
  if (json !== undefined) return JSON.stringify(json, null, 2);
  return text ?? `no text; in Base64: ${base64}`;
}

// What came from outside must not steer the terminal.
const indented = (text) => text.replace(/(?![\n\t])\p{Cc}/gu, '\uFFFD').replace(/^/gm, '  ');
const onOneLine = (text) => text.replace(/\p{Cc}/gu, ' ');

const since = (time) => time.slice(0, 19).replace('T', ' ');

function printTable(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => String(row[column]).length)));
  for (const row of rows) {
    const cells = row.map((cell, column) => onOneLine(String(cell)).padEnd(widths[column]));
    console.log(cells.join('  ').trimEnd());
  }
}
