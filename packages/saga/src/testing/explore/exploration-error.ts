/** A run of an exploration in which something is not as it must be. */
export class ExplorationError extends Error {
  /** Of the run: give it to `only`, and nothing but this run is run again. */
  readonly label: string;
  readonly problems: readonly string[];

  constructor(label: string, problems: readonly string[], story: readonly string[]) {
    const others = problems.slice(1).map((problem) => `\nAlso: ${problem}`);
    const told = `What happened, in virtual time:\n${story.map((line) => `  ${line}`).join('\n')}`;
    super(`${problems[0]}${others.join('')}\nTo run it alone: exploreCrashes(…, { …, only: '${label}' })\n${told}`);
    this.name = 'ExplorationError';
    this.label = label;
    this.problems = problems;
  }
}
