import type { SagaDefinition, StepDefinition } from './definition.js';

type Steps = readonly Pick<StepDefinition, 'name' | 'dependsOn'>[];

const known = new WeakMap<Steps, ReadonlyMap<string, ReadonlySet<string>>>();

/** The steps that are certain to have run before the step of that name: those it depends on, those these depend on, and so on. */
export function ancestorsOf({ steps }: Pick<SagaDefinition, 'steps'>, name: string): ReadonlySet<string> {
  let all = known.get(steps);
  if (all === undefined) {
    all = new Map(steps.map((step) => [step.name, ancestors(steps, step.name)]));
    known.set(steps, all);
  }
  return all.get(name) ?? new Set();
}

function ancestors(steps: Steps, name: string): ReadonlySet<string> {
  const found = new Set<string>();
  const open = [name];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const before of steps.find((step) => step.name === next)?.dependsOn ?? []) {
      if (found.has(before)) continue;
      found.add(before);
      open.push(before);
    }
  }
  return found;
}

/** A step that, by way of others, depends on itself; with the way. Undefined if there is none. */
export function cycleIn(steps: Steps): readonly string[] | undefined {
  const inCycle = steps.filter(({ name }) =>
    ancestorsOf({ steps: steps as readonly StepDefinition[] }, name).has(name),
  );
  const [first] = inCycle;
  if (first === undefined) return undefined;
  const names = new Set(inCycle.map(({ name }) => name));
  const way = [first.name];
  for (;;) {
    const last = steps.find(({ name }) => name === way.at(-1));
    const next = last?.dependsOn.find((name) => names.has(name)) as string;
    const again = way.indexOf(next);
    way.push(next);
    if (again >= 0) return way.slice(again);
  }
}
