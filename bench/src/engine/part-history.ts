import { type Bench, type Findings, inChild, loadOnce, medianOf, serverOf } from './bench.js';
import { copySagas } from './copies.js';
import type { LoadResult } from './measure-load.js';
import { cells, HEAD } from './part-load.js';
import { connect } from './server.js';

const CASE = { store: 'postgres', definition: 'sequence4', concurrency: 100 } as const;

/** Whether what has ended long ago slows down what is under way: on empty tables and on full ones, in turn. */
export async function history(bench: Bench): Promise<Findings[]> {
  const server = serverOf(bench);
  const name = bench.finished.toLocaleString('en');
  return server.withDatabase((full) =>
    server.withDatabase(async (empty) => {
      const filled = await fill(bench, full);
      const loads: [LoadResult, LoadResult][] = [];
      for (let pair = 0; pair < bench.pairs; pair++) {
        loads.push([await loadOnce(bench, CASE, empty), await loadOnce(bench, CASE, full)]);
      }
      const [onEmpty, onFull] = [medianOf(loads.map(([one]) => one)), medianOf(loads.map(([, other]) => other))];
      const [fast, slow] = [await inChild('queries', { url: empty }), await inChild('queries', { url: full })];
      return [
        {
          title: `With ${name} finished sagas in the tables`,
          note: `${filled} Medians of ${bench.pairs} runs on each, in turn; 100 sagas at once, four steps.`,
          head: ['finished sagas', ...HEAD],
          rows: [
            ['none', ...cells(onEmpty)],
            [name, ...cells(onFull)],
          ],
          data: [onEmpty, onFull],
        },
        {
          title: 'Questions to the journal',
          note: `Median ms of a question on tables at rest: with what the loads above left, and with ${name} sagas more.`,
          head: ['question', 'few', 'many'],
          rows: fast.map(({ name: question, ms }, index) => [
            question,
            ms.toFixed(2),
            slow[index]?.ms.toFixed(2) ?? '',
          ]),
          data: fast.map((few, index) => ({ ...few, many: slow[index]?.ms })),
        },
      ];
    }),
  );
}

/** Lets the engine run some sagas, and copies those. Gives what that came to, in words. */
async function fill(bench: Bench, url: string): Promise<string> {
  const began = performance.now();
  await inChild('seed', { url, definition: CASE.definition });
  await copySagas(url, { count: bench.finished });
  const client = await connect(url);
  try {
    const { rows } = await client.query(
      `select round(pg_database_size(current_database()) / 1e9, 1)::text as gb,
        (select reltuples::float8 from pg_class where relname = 'saga_logs') as logs`,
    );
    const { gb, logs } = rows[0];
    const seconds = ((performance.now() - began) / 1_000).toFixed(0);
    const words = `${Math.round(logs).toLocaleString('en')} rows in saga_logs, ${gb} GB, filled in ${seconds} s.`;
    bench.say(words);
    return words;
  } finally {
    await client.end();
  }
}
