import { Batcher } from '@saga-checkout/batching';
import { isDataError, retryOnConflict } from '@saga-checkout/database';
import { toMoneyText } from '@saga-checkout/shared-types';
import type pg from 'pg';
import type { Returned } from '../payment-provider.js';
import type { Decided } from './fates.js';

/** What is entered under a key: how much it is about. */
export interface Entry {
  readonly idempotencyKey: string;
  readonly amountMinor: bigint;
  readonly currency: string;
}

/** A decision to enter; `transactionId` is what a capture will be called. */
export interface Decision extends Entry {
  readonly decided: Decided;
  readonly transactionId: string;
}

/** What stands in the ledger under a key. */
export type Recorded =
  | { readonly kind: 'CAPTURE'; readonly transactionId: string }
  | { readonly kind: 'DECLINE'; readonly declineCode: string }
  | { readonly kind: 'CLOSED' };

/** Where calls pass: around the commit of a decision, around what is given back, around the reading of a lookup. */
export type LedgerBoundary = `${'before' | 'after'}-${'decision' | 'return' | 'lookup'}`;

type Recordings = ReadonlyMap<string, Recorded>;

/**
 * The simulated provider's books, in a table of its own. Calls that come while a statement is in flight share the next
 * one. The first decision under a key stays: who enters another gets the one that is there.
 */
export class Ledger {
  readonly #pool: pg.Pool;
  readonly #pass: (boundary: LedgerBoundary) => void;
  readonly #decisions: Batcher<Decision, Recorded>;
  readonly #returns: Batcher<Entry, Returned>;
  readonly #lookups: Batcher<string, Recorded | undefined>;

  /** `pass` is called at each boundary, so that a test can end or stop the process there. */
  constructor(pool: pg.Pool, pass: (boundary: LedgerBoundary) => void = () => {}) {
    this.#pool = pool;
    this.#pass = pass;
    const options = { isItemError: isDataError };
    this.#decisions = new Batcher((round) => retryOnConflict(() => this.#decide(round)), options);
    this.#returns = new Batcher((round) => retryOnConflict(() => this.#giveBack(round)), options);
    this.#lookups = new Batcher((round) => retryOnConflict(() => this.#lookUp(round)), options);
  }

  /** Enters a decision, unless there is one under the key. Resolves to the one that stands. */
  decide(decision: Decision): Promise<Recorded> {
    return this.#decisions.push(decision);
  }

  /** Gives back what was captured under the key, once; if nothing was decided, nothing will ever be captured. */
  giveBack(entry: Entry): Promise<Returned> {
    return this.#returns.push(entry);
  }

  /** The decision under the key, if there is one. */
  lookUp(idempotencyKey: string): Promise<Recorded | undefined> {
    return this.#lookups.push(idempotencyKey);
  }

  async #decide(round: readonly Decision[]): Promise<readonly Recorded[]> {
    const first = firstOfEachKey(round);
    this.#pass('before-decision');
    const fresh = await this.#enter('ledger-decide', DECIDE, [
      ...entryColumns(first),
      first.map(({ decided }) => (decided === 'capture' ? 'CAPTURE' : 'DECLINE')),
      first.map(({ decided, transactionId }) => (decided === 'capture' ? transactionId : null)),
      first.map(({ decided }) => (decided === 'capture' ? null : decided.declineCode)),
    ]);
    this.#pass('after-decision');
    const missing = first.map(({ idempotencyKey }) => idempotencyKey).filter((key) => !fresh.has(key));
    const earlier: Recordings = missing.length === 0 ? new Map() : await this.#read(missing);
    return round.map(({ idempotencyKey: key }) => known(fresh.get(key) ?? earlier.get(key), key));
  }

  async #giveBack(round: readonly Entry[]): Promise<readonly Returned[]> {
    const first = firstOfEachKey(round);
    const keys = first.map(({ idempotencyKey }) => idempotencyKey);
    this.#pass('before-return');
    // One statement after the other: each sees what those before it found or left, also if another process was faster.
    await this.#enter('ledger-close', CLOSE, entryColumns(first));
    await this.#enter('ledger-refund', REFUND, [keys]);
    this.#pass('after-return');
    const decisions = await this.#read(keys);
    return round.map(({ idempotencyKey: key }) => {
      const decision = known(decisions.get(key), key);
      return decision.kind === 'CAPTURE'
        ? { outcome: 'refunded', transactionId: decision.transactionId }
        : { outcome: 'nothing' };
    });
  }

  async #lookUp(keys: readonly string[]): Promise<readonly (Recorded | undefined)[]> {
    this.#pass('before-lookup');
    const found = await this.#read(keys);
    this.#pass('after-lookup');
    return keys.map((key) => found.get(key));
  }

  #read(keys: readonly string[]): Promise<Recordings> {
    return this.#enter('ledger-read', READ, [keys]);
  }

  async #enter(name: string, text: string, values: unknown[]): Promise<Recordings> {
    const { rows } = await this.#pool.query<LedgerRow>({ name, text, values });
    return new Map(rows.map((row) => [row.idempotency_key, toRecorded(row)]));
  }
}

const RETURNING = 'idempotency_key, kind, transaction_id, decline_code';

const DECIDE = `
  INSERT INTO provider_ledger (idempotency_key, amount, currency, kind, transaction_id, decline_code)
  SELECT * FROM unnest($1::text[], $2::numeric[], $3::text[], $4::text[], $5::text[], $6::text[])
  ON CONFLICT DO NOTHING
  RETURNING ${RETURNING}`;

const CLOSE = `
  INSERT INTO provider_ledger (idempotency_key, amount, currency, kind)
  SELECT entry.*, 'CLOSED' FROM unnest($1::text[], $2::numeric[], $3::text[]) AS entry
  ON CONFLICT DO NOTHING
  RETURNING ${RETURNING}`;

// What is given back is what was captured, whoever asks for how much.
const REFUND = `
  INSERT INTO provider_ledger (idempotency_key, amount, currency, kind, transaction_id)
  SELECT idempotency_key, amount, currency, 'REFUND', transaction_id
  FROM provider_ledger
  WHERE idempotency_key = any($1::text[]) AND kind = 'CAPTURE'
  ORDER BY idempotency_key
  ON CONFLICT DO NOTHING
  RETURNING idempotency_key, 'CAPTURE' AS kind, transaction_id, decline_code`;

const READ = `SELECT ${RETURNING} FROM provider_ledger WHERE idempotency_key = any($1::text[]) AND kind <> 'REFUND'`;

interface LedgerRow {
  readonly idempotency_key: string;
  readonly kind: Recorded['kind'];
  readonly transaction_id: string | null;
  readonly decline_code: string | null;
}

/** The CHECK constraints of the table promise what the `!` rely on. */
function toRecorded(row: LedgerRow): Recorded {
  switch (row.kind) {
    case 'CAPTURE':
      return { kind: 'CAPTURE', transactionId: row.transaction_id! };
    case 'DECLINE':
      return { kind: 'DECLINE', declineCode: row.decline_code! };
    case 'CLOSED':
      return { kind: 'CLOSED' };
  }
}

/** Each key once, in the order of the keys, so that two writers can wait for each other but not in a circle. */
function firstOfEachKey<E extends Entry>(entries: readonly E[]): E[] {
  const first = new Map(entries.toReversed().map((entry) => [entry.idempotencyKey, entry]));
  return [...first.values()].sort((a, b) => (a.idempotencyKey < b.idempotencyKey ? -1 : 1));
}

function entryColumns(entries: readonly Entry[]): unknown[] {
  return [
    entries.map(({ idempotencyKey }) => idempotencyKey),
    entries.map(({ amountMinor }) => toMoneyText(amountMinor)),
    entries.map(({ currency }) => currency),
  ];
}

function known(recorded: Recorded | undefined, key: string): Recorded {
  if (!recorded) throw new Error(`the ledger holds no decision under ${key}, though one was just entered`);
  return recorded;
}
