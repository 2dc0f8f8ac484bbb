/** One measured run: a mode, a number of connections, and what it gave. */
export interface Run {
  readonly mode: 'many' | 'hot';
  readonly connections: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly notOk: number;
  readonly errors: number;
  /** CPU ms per checkout, by process. */
  readonly cpuMs: Readonly<Record<string, number>>;
  /** Statements and commits per checkout, over all databases. */
  readonly statements: number;
  readonly commits: number;
  /** Resident memory in MB, by process. */
  readonly memoryMb: Readonly<Record<string, number>>;
}

/** The runs as a table: the median of each figure over the runs of the same mode and connections. */
export function tableOf(runs: readonly Run[]): string {
  const groups = Map.groupBy(runs, ({ mode, connections }) => `${mode} ${connections}`);
  const processes = Object.keys(runs[0]?.cpuMs ?? {});
  const head = ['products', 'connections', 'checkouts/s', '(min–max)', 'p50 ms', 'p99 ms', 'not 201'];
  head.push('statements', 'commits', 'CPU ms', ...processes);
  const rows = [...groups.values()].map((group) => rowOf(group, processes));
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function rowOf(group: readonly Run[], processes: readonly string[]): string[] {
  const of = (figure: (run: Run) => number) => median(group.map(figure));
  const rates = group.map(({ perSecond }) => perSecond);
  const [first] = group;
  return [
    first?.mode ?? '',
    String(first?.connections),
    of((run) => run.perSecond).toFixed(0),
    `${Math.min(...rates).toFixed(0)}–${Math.max(...rates).toFixed(0)}`,
    of((run) => run.p50).toFixed(0),
    of((run) => run.p99).toFixed(0),
    String(group.reduce((sum, run) => sum + run.notOk + run.errors, 0)),
    of((run) => run.statements).toFixed(2),
    of((run) => run.commits).toFixed(2),
    of((run) => Object.values(run.cpuMs).reduce((sum, ms) => sum + ms, 0)).toFixed(2),
    ...processes.map((name) => of((run) => run.cpuMs[name] ?? Number.NaN).toFixed(2)),
  ];
}

/** The middle one; of an even number, the mean of the two in the middle. */
export function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((one, other) => one - other);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
