/** The invariants that are checked, by their names in the design. */
export type Invariant = `I${number}`;

/** Something that must not be, and where. */
export interface Problem {
  readonly invariant: Invariant;
  readonly text: string;
}

/** How many breaches of one invariant are told in full. */
const TOLD = 10;

/** The problems as lines for people, in the order of the invariants; many of a kind are counted. */
export function linesOf(problems: readonly Problem[]): string[] {
  const byInvariant = Map.groupBy(problems, ({ invariant }) => invariant);
  const names = [...byInvariant.keys()].sort((a, b) => Number(a.slice(1)) - Number(b.slice(1)));
  return names.flatMap((name) => {
    const found = byInvariant.get(name) ?? [];
    const told = found.slice(0, TOLD).map(({ text }) => `${name}: ${text}`);
    return found.length > TOLD ? [...told, `${name}: … and ${found.length - TOLD} more`] : told;
  });
}
