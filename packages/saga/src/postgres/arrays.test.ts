import { createTestDatabase } from '@saga-checkout/database/testing';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { arrayOf, jsonLines, linesOf } from './arrays.js';
import { migrationsFolder } from './index.js';

const { pool, drop } = await createTestDatabase({ migrations: migrationsFolder });
afterAll(drop);

async function read(expression: string, parameter: string): Promise<unknown> {
  return (await pool.query(`select ${expression} as value`, [parameter])).rows[0].value;
}

describe('arrays are read by Postgres as they were meant', () => {
  const odd = [
    '',
    ' ',
    'null',
    'NULL',
    'Null',
    'a,b',
    '{a}',
    '"',
    '\\',
    '\\"',
    'a\nb',
    "it's",
    '\u2028',
    'é 中 🙂',
    null,
  ];

  it('of texts', async () => {
    expect(await read('$1::text[]', arrayOf(odd))).toEqual(odd);
    expect(await read('$1::text[]', arrayOf([]))).toEqual([]);
  });

  it('of any texts', async () => {
    const text = fc.string({ unit: 'binary' }).map((each) => each.replaceAll('\0', ' '));
    const texts = fc.array(fc.option(text), { maxLength: 20 });
    const reads = async (values: (string | null)[]) => {
      expect(await read('$1::text[]', arrayOf(values))).toEqual(values);
    };
    await fc.assert(fc.asyncProperty(texts, reads), { numRuns: 200 });
  });

  it('of numbers', async () => {
    const numbers = [0, -1, 1.5, 1e21, 1e-7, 1_700_000_000_000.25, null];
    expect(await read('$1::float8[]', arrayOf(numbers))).toEqual(numbers);
    expect(await read('$1::int[]', arrayOf([2 ** 31 - 1, null]))).toEqual([2 ** 31 - 1, null]);
  });

  it('of JSON documents, one per line', async () => {
    const documents = odd.map((value, index) => (index % 2 ? null : JSON.stringify({ [`${value}`]: [value] })));
    expect(await read(jsonLines('$1'), linesOf(documents))).toEqual(documents);
    expect(await read(jsonLines('$1'), linesOf([]))).toEqual([]);
  });
});
