/** How a step follows those before it: after the last of them, beside it in one group, or after those that are named. */
export type Link = 'next' | 'beside' | { readonly on: readonly number[] };

/** `parity` depends on every reply that the step is given, so that a wrong set of replies changes what happens. */
export type When = 'always' | 'never' | 'parity' | 'throws';

export interface UndoPlan {
  readonly kind: 'command' | 'local';
  readonly maxAttempts: number;
  readonly timeoutMs: number;
  readonly strategy: 'deferred' | 'immediate';
  /** Of a command: whether its payload function does. */
  readonly throws: boolean;
  readonly when: 'always' | 'never' | 'unlessCancelled' | 'throws';
}

interface PlanBase {
  readonly link: Link;
  readonly when: When;
}

export interface WorkPlan extends PlanBase {
  readonly kind: 'command' | 'local';
  readonly pivot: boolean;
  readonly maxAttempts: number | 'forever';
  readonly timeoutMs: number;
  readonly mayRefuse: boolean;
  /** Of a command: whether its payload function does. */
  readonly throws: boolean;
  readonly undo: UndoPlan | undefined;
}

export interface WaitPlan extends PlanBase {
  readonly kind: 'wait';
  readonly event: string;
  readonly refusedBy: readonly string[];
  readonly timeoutMs: number | null;
  readonly onTimeout: 'fail' | 'continue';
}

export type StepPlan = WorkPlan | WaitPlan;

/** A saga definition, as the generators make them up and as the model understands them. Steps are named s0, s1 … */
export interface Plan {
  readonly steps: readonly StepPlan[];
  readonly timeoutMs: number | undefined;
  /** Step indexes in the order of compensation; if undefined, the latest done is first. */
  readonly compensationOrder: readonly number[] | undefined;
  readonly startsInMs: number | undefined;
}

export const nameOf = (index: number): string => `s${index}`;
export const indexOf = (name: string): number => Number(name.slice(1));
export const undoOf = (step: StepPlan | undefined): UndoPlan | undefined =>
  step === undefined || step.kind === 'wait' ? undefined : step.undo;
export const isPivot = (step: StepPlan): boolean => step.kind !== 'wait' && step.pivot;
/** What a wait step listens for. */
export const eventsOf = (step: StepPlan): readonly string[] =>
  step.kind === 'wait' ? [step.event, ...step.refusedBy] : [];

/** The steps by index, those of one parallel group together. */
export function groupsOf({ steps }: Pick<Plan, 'steps'>): number[][] {
  const groups: number[][] = [];
  for (const [index, { link }] of steps.entries()) {
    const group = groups.at(-1);
    if (link === 'beside' && group !== undefined && typeof steps[group[0] ?? 0]?.link !== 'object') group.push(index);
    else groups.push([index]);
  }
  return groups;
}

/** The indexes of the steps that each step comes after directly. */
function parentsOf(plan: Pick<Plan, 'steps'>): (readonly number[])[] {
  const groups = groupsOf(plan);
  return groups.flatMap((group, at) =>
    group.map((index) => {
      const link = plan.steps[index]?.link;
      return typeof link === 'object' ? link.on : (groups[at - 1] ?? []);
    }),
  );
}

/** The indexes of all the steps that each step comes after. */
export function ancestorsOf(plan: Pick<Plan, 'steps'>): Set<number>[] {
  const ancestors: Set<number>[] = [];
  for (const parents of parentsOf(plan))
    ancestors.push(new Set(parents.flatMap((it) => [it, ...(ancestors[it] ?? [])])));
  return ancestors;
}
