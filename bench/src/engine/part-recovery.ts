import { type Bench, type Findings, inChild, type Result, serverOf } from './bench.js';
import { copySagas } from './copies.js';

const DEFINITION = 'sequence4';

/** How long it takes until sagas that a crash left behind have ended. */
export async function recovery(bench: Bench): Promise<Findings[]> {
  const { backlog: count } = bench;
  const data: ({ name: string } & Result<'recover'>)[] = [];
  for (const sameOwner of [true, false]) {
    const name = sameOwner ? 'the same process, started again' : 'another process, which finds them overdue';
    const result = await serverOf(bench).withDatabase(async (url) => {
      await inChild('abandon', { url, definition: DEFINITION, count });
      return inChild('recover', { url, definition: DEFINITION, count, sameOwner });
    });
    bench.say(`${count} sagas recovered by ${name}: ${result.seconds.toFixed(2)} s`);
    data.push({ name, ...result });
  }
  return [
    {
      title: `Recovery of ${count.toLocaleString('en')} sagas after a crash`,
      note: 'The process is killed while each saga waits for its first reply. Seconds from the start of the next one; CPU per saga.',
      head: ['gone on with by', 'first ended after s', 'all ended after s', 'statements', 'CPU ms engine', 'Postgres'],
      rows: data.map((row) => [
        row.name,
        row.firstSeconds.toFixed(2),
        row.seconds.toFixed(2),
        String(row.statements),
        row.engineMs.toFixed(3),
        row.postgresMs.toFixed(3),
      ]),
      data,
    },
  ];
}

/** What one sweep costs while many sagas are overdue: those it may take over, and those it must leave alone. */
export async function sweeps(bench: Bench): Promise<Findings[]> {
  const count = bench.backlog * 10;
  const data = await serverOf(bench).withDatabase(async (url) => {
    await inChild('abandon', { url, definition: DEFINITION, count: 10 });
    await copySagas(url, { count, changes: { due_at: `now() - interval '1 minute'` } });
    return [
      { name: 'it takes over 200 of them', ...(await inChild('sweeps', { url, definition: DEFINITION })) },
      { name: 'none is of a definition that it has', ...(await inChild('sweeps', { url, definition: 'sequence8' })) },
    ];
  });
  for (const { name, ms } of data) bench.say(`sweep over ${count} overdue sagas, ${name}: ${ms.toFixed(1)} ms`);
  return [
    {
      title: `One sweep over ${count.toLocaleString('en')} overdue sagas`,
      note: 'Median; all of them have been due for a minute.',
      head: ['', 'ms'],
      rows: data.map(({ name, ms }) => [name, ms.toFixed(1)]),
      data,
    },
  ];
}
