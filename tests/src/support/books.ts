import { type Acknowledged, acknowledgementProblems, agreementProblems, type ByHand } from './books/agreement.js';
import { allJournalProblems } from './books/journal.js';
import { moneyProblems, settledMoneyProblems } from './books/money.js';
import { linesOf, type Problem } from './books/problem.js';
import { queueProblems } from './books/queues.js';
import { sagaProblems } from './books/sagas.js';
import { stockProblems } from './books/stock.js';
import { type Database, Reader } from './books/tables.js';

export type { Acknowledged } from './books/agreement.js';
export type { Database } from './books/tables.js';

export interface BooksOptions {
  readonly urlFor: (database: Database) => string;
  /** `any`: what holds at every moment, also under load. `rest`: all sagas have ended, and everything must hold. */
  readonly moment: 'any' | 'rest';
  /** The broker whose queues are looked at, at rest. */
  readonly rabbitmqUrl?: string;
  /** What customers were told. */
  readonly acknowledged?: readonly Acknowledged[];
  readonly byHand?: ByHand;
}

/**
 * The auditor: reads the four databases and the queues with SQL of its own, shares no code with what it checks, and
 * changes nothing. Returns what is wrong, one line each, with the invariant's name; nothing if the books balance.
 */
export async function auditBooks(options: BooksOptions): Promise<string[]> {
  const reader = await Reader.open(options.urlFor);
  try {
    const problems = await alwaysProblems(reader, options);
    if (options.moment === 'rest') problems.push(...(await restProblems(reader, options)));
    return linesOf(problems);
  } finally {
    await reader.close();
  }
}

async function alwaysProblems(reader: Reader, { moment }: BooksOptions): Promise<Problem[]> {
  return [
    ...(await stockProblems(reader)),
    ...(await sagaProblems(reader, moment === 'rest')),
    ...(await allJournalProblems(reader)),
    ...moneyProblems(await reader.tables()),
  ];
}

async function restProblems(reader: Reader, options: BooksOptions): Promise<Problem[]> {
  const { rabbitmqUrl, acknowledged = [], byHand = () => false } = options;
  const tables = await reader.tables();
  return [
    ...agreementProblems(tables, byHand),
    ...settledMoneyProblems(tables),
    ...acknowledgementProblems(tables, acknowledged),
    ...(rabbitmqUrl === undefined ? [] : await queueProblems(rabbitmqUrl, tables)),
  ];
}
