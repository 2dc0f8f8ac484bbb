import { createTestDatabase } from '@saga-checkout/database/testing';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkQuery } from '../runtime/pages.js';
import type { SagaQuery } from '../runtime/saga-query.js';
import type { Claim } from '../runtime/store.js';
import { claimStatement } from './claim.js';
import { COUNTS, IN_FLIGHT } from './counts.js';
import { replacement } from './definitions.js';
import { migrationsFolder } from './index.js';
import { listStatement } from './list.js';
import type { Statement } from './pool.js';
import { deletion, emptying } from './prune.js';

/** Sagas of a month, one in two hundred of a type that is gone since, one in twenty waiting, the latest under way. */
const SAGAS = 40_000;
const FILL = `
insert into saga_state (saga_id, saga_type, version, status, business_key, input, steps, failure, context,
  revision, log_seq, due_at, created_at, updated_at, completed_at)
select gen_random_uuid(), type, 1, status, 'order-' || n, jsonb_build_object('text', repeat(md5(n::text), 5)),
  '{"a": {"status": "RUNNING"}}',
  case when status in ('COMPENSATED', 'COMPENSATION_FAILED') then
    jsonb_build_object('code', case when n % 4000 = 7 then 'RARE' else 'COMMON' end, 'message', 'no') end,
  case when n % 5000 = 11 then '{"lane": "rare"}'::jsonb when n % 10 = 2 then '{"lane": "common"}' end, 1, 2,
  case status when 'RUNNING' then now() when 'WAITING' then now() - interval '1 hour' end, at, at,
  case when status in ('COMPLETED', 'COMPENSATED') then at end
from (
  select n, now() - ($1 - n) * interval '30 days' / $1 as at,
    case when n % 200 = 0 and n < $1 / 2 then 'gone' else 'usual' end as type,
    case when n > $1 - 100 then 'RUNNING' when n % 20 = 6 then 'WAITING' when n % 1000 = 4 then 'COMPENSATION_FAILED'
      when n % 30 = 7 then 'COMPENSATED' else 'COMPLETED' end as status
  from generate_series(1, $1::int) n
) saga`;
const LOG = `
insert into saga_logs (saga_id, seq, event, data, created_at)
select saga_id, seq, 'STEP_STARTED', '{}', now() from saga_state, generate_series(1, 2) seq`;

const { pool, url, drop } = await createTestDatabase({ migrations: migrationsFolder });
/** As anybody makes one: the planner may read whole tables if it thinks that better. */
const plain = new pg.Pool({ connectionString: url });

beforeAll(async () => {
  await pool.query(FILL, [SAGAS]);
  await pool.query(LOG);
  await pool.query('vacuum analyze');
});
afterAll(async () => {
  await plain.end();
  await drop();
});

/** How many pages the statement touches, one as often as it is touched; what it changed is taken back. */
async function pagesOf({ text, values }: Statement): Promise<number> {
  const client = await plain.connect();
  try {
    await client.query('begin');
    const { rows } = await client.query(`explain (analyze, buffers, format json) ${text}`, values);
    const plan = rows[0]['QUERY PLAN'][0].Plan;
    return plan['Shared Hit Blocks'] + plan['Shared Read Blocks'];
  } finally {
    await client.query('rollback');
    client.release();
  }
}

const DAY = 86_400_000;
const ago = (days: number) => Date.now() - days * DAY;

describe('a statement reads about as much as it gives', () => {
  const QUERIES: Readonly<Record<string, SagaQuery>> = {
    'without filters': {},
    'of the usual status': { statuses: ['COMPLETED'] },
    'of rare statuses': { statuses: ['RUNNING', 'COMPENSATION_FAILED'] },
    'of what waits': { statuses: ['WAITING'] },
    'of a type that is gone': { types: ['gone'] },
    'of a type that never was': { types: ['none'] },
    'of a type that never was in a status': { types: ['gone'], statuses: ['COMPENSATED'] },
    'of a common failure': { errorCode: 'COMMON' },
    'of a rare failure': { errorCode: 'RARE' },
    'of a failure that never was': { errorCode: 'NONE' },
    'of a common lane': { lane: 'common' },
    'of a rare lane': { lane: 'rare' },
    'of a lane that never was': { lane: 'none' },
    'of a business key': { businessKey: 'order-17' },
    'of some business keys': { businessKeyPrefix: 'order-3999' },
    'of business keys that never were': { businessKeyPrefix: 'none' },
    'of the last hour': { createdAfter: ago(1 / 24) },
    'of the beginning': { createdBefore: ago(20) },
    'of a day long ago': { createdAfter: ago(20), createdBefore: ago(19) },
    'of a time before all': { createdBefore: ago(60) },
  };
  it.each(Object.entries(QUERIES))('a list %s', async (_, query) => {
    expect(await pagesOf(listStatement(checkQuery(query)))).toBeLessThan(500);
  });

  it('the last page of a list', async () => {
    const cursor = `${ago(29.9).toFixed(0)}.00000000-0000-0000-0000-000000000000`;
    for (const query of [{}, { types: ['usual'] }, { errorCode: 'COMMON' }, { lane: 'common' }])
      expect(await pagesOf(listStatement(checkQuery({ ...query, cursor })))).toBeLessThan(500);
  });

  it('counts', async () => {
    for (const text of [COUNTS, IN_FLIGHT]) expect(await pagesOf({ text, values: [] })).toBeLessThan(300);
  });

  it('a claim', async () => {
    const definitions = ['usual', 'gone', 'none'].map((type) => ({ type, version: 1 }));
    const claim: Claim = { owner: 'a', definitions, which: 'overdue', limit: 20, graceMs: 0, holdMs: 0, except: [] };
    expect(await pagesOf(claimStatement(claim))).toBeLessThan(1_500);
  });

  it('pruning', async () => {
    const retention = { endedBefore: ago(20), keysEndedBefore: ago(25), limit: 20 };
    expect(await pagesOf(emptying(retention))).toBeLessThan(1_500);
    await pool.query({ ...emptying({ ...retention, limit: 1_000 }) });
    expect(await pagesOf(emptying(retention))).toBeLessThan(1_500);
    expect(await pagesOf(deletion(retention))).toBeLessThan(500);
    const nothing = { endedBefore: ago(60), keysEndedBefore: ago(60), limit: 1_000 };
    expect(await pagesOf(emptying(nothing))).toBeLessThan(20);
    expect(await pagesOf(deletion(nothing))).toBeLessThan(20);
  });

  it('replacing a definition', async () => {
    const definition = { version: 1, fingerprint: 'f', shape: { steps: {} } };
    for (const type of ['usual', 'gone', 'none'])
      expect(await pagesOf(replacement({ ...definition, type }))).toBeLessThan(300);
  });
});
