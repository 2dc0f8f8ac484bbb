import type { Pool } from '@saga-checkout/database';
import type { ReceivedLetter } from '@saga-checkout/messaging/client';
import type { DeadLetterDecision, DeadLetterFilter } from '@saga-checkout/shared-types';
import type { Letter, WholeLetter } from './letter.js';

/** A page of letters: those after the position, so many at most. */
export interface LetterQuery extends DeadLetterFilter {
  readonly limit: number;
  readonly after?: Position | undefined;
}

/** Where a page ends. */
export type Position = Pick<Letter, 'recordedAt' | 'id'>;

/** The table `dead_letters`, over a pool or one connection. */
export class LetterTable {
  constructor(private readonly db: Pick<Pool, 'query'>) {}

  /** Rejects if letters can't be recorded now. Writes one, and takes it back: a server that only reads says so here. */
  async ready(): Promise<void> {
    const letter = `(id, queue, reason, content) values ('probe', '', '', '')`;
    await this.db.query(`do $$ begin insert into dead_letters ${letter}; raise no_data_found;
      exception when no_data_found then null; end $$`);
  }

  /** Records letters, those that are not recorded yet; gives their ids. */
  async record(letters: readonly ReceivedLetter[]): Promise<string[]> {
    const column = <Key extends keyof ReceivedLetter>(key: Key) => letters.map((letter) => letter[key] ?? null);
    const values = RECORDED.map(column);
    const { rows } = await this.db.query<{ id: string }>({ name: 'record dead letters', text: RECORD, values });
    return rows.map(({ id }) => id);
  }

  /** The latest recorded first. */
  async list({ limit, after, status, ...equal }: LetterQuery): Promise<Letter[]> {
    const values: unknown[] = [];
    const place = (value: unknown) => `$${values.push(value)}`;
    const { queue, reason, type, saga } = equal;
    const conditions = Object.entries({ queue, reason, type, saga_id: saga })
      .filter(([, value]) => value !== undefined)
      .map(([column, value]) => `${column} = ${place(value)}`);
    if (status !== undefined) conditions.push(`status = any (${place(status)}::text[])`);
    if (after !== undefined)
      conditions.push(`(recorded_at, id) < (${place(after.recordedAt)}::timestamptz, ${place(after.id)})`);
    const text = `select ${COLUMNS} from dead_letters where ${[...conditions, 'true'].join(' and ')}
      order by recorded_at desc, id desc limit ${place(limit)}`;
    return (await this.db.query<LetterRow>(text, values)).rows.map(letterOf);
  }

  async find(id: string): Promise<WholeLetter | undefined> {
    const text = `select ${COLUMNS}, content from dead_letters where id = $1`;
    const [row] = (await this.db.query<LetterRow & { content: Buffer }>(text, [id])).rows;
    return row && { ...letterOf(row), content: row.content };
  }

  /** Open letters, by queue. */
  async openCounts(): Promise<{ queue: string; count: number }[]> {
    const text = `select queue, count(*)::int as count from dead_letters where status = 'OPEN' group by queue`;
    return (await this.db.query<{ queue: string; count: number }>(text)).rows;
  }

  /** It is to be sent again, or still is. Gives nothing if it has ended. */
  intend(id: string, decision: DeadLetterDecision): Promise<Letter | undefined> {
    const set = `status = 'REDRIVING', decided_reason = $2, decided_by = $3, decided_at = now()`;
    return this.#change(set, `status in ('OPEN', 'REDRIVING')`, [id, decision.reason, decision.by]);
  }

  /** It was sent again. */
  redriven(id: string): Promise<Letter | undefined> {
    return this.#change(`status = 'REDRIVEN', ended_at = now()`, `status = 'REDRIVING'`, [id]);
  }

  /** It was not sent again, for certain. */
  reopen(id: string): Promise<Letter | undefined> {
    const set = `status = 'OPEN', decided_reason = null, decided_by = null, decided_at = null`;
    return this.#change(set, `status = 'REDRIVING'`, [id]);
  }

  /** Gives nothing unless it is open. */
  discard(id: string, decision: DeadLetterDecision): Promise<Letter | undefined> {
    const set = `status = 'DISCARDED', decided_reason = $2, decided_by = $3, decided_at = now(), ended_at = now()`;
    return this.#change(set, `status = 'OPEN'`, [id, decision.reason, decision.by]);
  }

  /** Deletes letters that ended before, so many at most; open ones never. Gives how many there were. */
  async prune(endedBefore: Date, limit: number): Promise<number> {
    const text = `delete from dead_letters where id in
      (select id from dead_letters where ended_at < $1 order by ended_at limit $2 for update skip locked)`;
    return (await this.db.query(text, [endedBefore, limit])).rowCount ?? 0;
  }

  async #change(set: string, only: string, values: readonly unknown[]): Promise<Letter | undefined> {
    const text = `update dead_letters set ${set} where id = $1 and ${only} returning ${COLUMNS}`;
    const [row] = (await this.db.query<LetterRow>(text, [...values])).rows;
    return row && letterOf(row);
  }
}

const RECORDED = [
  'id',
  'queue',
  'reason',
  'detail',
  'type',
  'sagaId',
  'itemId',
  'step',
  'attempts',
  'redriveOf',
  'deadAt',
  'content',
] as const satisfies readonly (keyof ReceivedLetter)[];

const RECORD = `insert into dead_letters
    (id, queue, reason, detail, type, saga_id, item_id, step, attempts, redrive_of, dead_at, content)
  select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
    $9::int[], $10::text[], $11::timestamptz[], $12::bytea[])
  on conflict (id) do nothing returning id`;

const COLUMNS = `id, status, queue, reason, detail, type, saga_id as "sagaId", item_id as "itemId", step, attempts,
  redrive_of as "redriveOf", dead_at as "deadAt", recorded_at as "recordedAt", decided_reason as "decidedReason",
  decided_by as "decidedBy", decided_at as "decidedAt", ended_at as "endedAt"`;

interface LetterRow extends Omit<Letter, 'decision'> {
  readonly decidedReason: string | null;
  readonly decidedBy: string | null;
  readonly decidedAt: Date | null;
}

function letterOf({ decidedReason: reason, decidedBy: by, decidedAt: at, ...row }: LetterRow): Letter {
  const { content: _, ...letter } = row as Omit<LetterRow, 'decidedReason'> & { content?: Buffer };
  const decision = reason !== null && by !== null && at !== null ? { reason, by, at } : null;
  return { ...(letter as Omit<Letter, 'decision'>), decision };
}
