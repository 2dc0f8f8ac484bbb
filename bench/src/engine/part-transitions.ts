import { type Bench, type Findings, inChild } from './bench.js';

const CASES = [
  { name: '4 steps in sequence', definition: 'sequence4', refused: false },
  { name: '4 steps in sequence, the last one refused', definition: 'sequence4', refused: true },
  { name: '8 steps as a graph', definition: 'graph8', refused: false },
  { name: '32 steps in sequence', definition: 'sequence32', refused: false },
] as const;

/** What the pure core costs. */
export async function transitions(bench: Bench): Promise<Findings[]> {
  const data = [];
  for (const { name, definition, refused } of CASES) {
    const result = await inChild('transitions', { definition, refused, seconds: bench.seconds / 2 });
    bench.say(`${name}: ${result.transitionUs.toFixed(2)} µs per transition`);
    data.push({ name, ...result });
  }
  return [
    {
      title: 'The core alone',
      note: '`transition` in a tight loop, from the beginning of a saga to its end; nothing is written or sent.',
      head: ['saga', 'transitions', 'CPU µs per transition', 'per saga'],
      rows: data.map(({ name, transitions: count, transitionUs, sagaUs }) => [
        name,
        String(count),
        transitionUs.toFixed(2),
        sagaUs.toFixed(1),
      ]),
      data,
    },
  ];
}
