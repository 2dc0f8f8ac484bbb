import type { StoredDefinition } from '../runtime/store.js';
import { OPEN } from './counts.js';
import type { Statement } from './pool.js';
import { json } from './rows.js';

const INSERT = `
insert into saga_definitions (saga_type, version, fingerprint, shape)
select saga_type, version, fingerprint, shape::jsonb
from unnest($1::text[], $2::int[], $3::text[], $4::text[]) as given(saga_type, version, fingerprint, shape)
order by saga_type, version
on conflict do nothing`;

const SELECT = `
select saga_type as type, version, fingerprint, shape from saga_definitions
where (saga_type, version) in (select * from unnest($1::text[], $2::int[]))`;

/** The condition is part of the statement, so that a saga that has been written before it is seen. */
const REPLACE = `
insert into saga_definitions (saga_type, version, fingerprint, shape)
select $1, $2::int, $3, $4::jsonb
where not exists (select from (${OPEN}) open where type = $1 and version = $2::int)
on conflict (saga_type, version) do update
set fingerprint = excluded.fingerprint, shape = excluded.shape, updated_at = now()
returning 1`;

/** Two statements: the second sees what another process has inserted while the first waited for it. */
export function registration(definitions: readonly StoredDefinition[]): readonly [Statement, Statement] {
  const keys = [definitions.map(({ type }) => type), definitions.map(({ version }) => version)];
  const rest = [definitions.map(({ fingerprint }) => fingerprint), definitions.map(({ shape }) => json(shape))];
  return [
    { name: 'saga_register', text: INSERT, values: [...keys, ...rest] },
    { name: 'saga_registered', text: SELECT, values: keys },
  ];
}

/** Gives a row if the definition has been replaced. */
export function replacement({ type, version, fingerprint, shape }: StoredDefinition): Statement {
  return { name: 'saga_replace_definition', text: REPLACE, values: [type, version, fingerprint, json(shape)] };
}
