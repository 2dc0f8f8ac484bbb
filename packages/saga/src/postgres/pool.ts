/** One statement, as pg takes it; with a name it is prepared once per connection. */
export interface Statement {
  readonly name?: string;
  readonly text: string;
  readonly values: unknown[];
}

/** What the store needs of a pool; `Pool` of pg has it, and so has whatever reads `timestamptz`, `jsonb` and `int` as pg does. */
export interface PostgresPool {
  query(statement: Statement): Promise<{ readonly rows: unknown[] }>;
}
