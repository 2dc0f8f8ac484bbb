/** What the compiler knows of the steps written so far: each one's reply, and the names of those certain to run before it. */
export type StepGraph = Readonly<Record<string, { readonly reply: unknown; readonly before: string }>>;

/** The names that are certain to have run before a step that depends on `D`. */
type Certain<G extends StepGraph, D extends string> = D | (D extends keyof G ? G[D]['before'] : never);

/** The replies that such a step may use. */
export type RepliesAt<G extends StepGraph, D extends string> = {
  readonly [N in keyof G as N extends Certain<G, D> ? N : never]: G[N]['reply'];
};

/** The replies of all steps. */
export type RepliesOf<G extends StepGraph> = { readonly [N in keyof G]: G[N]['reply'] };

/** The graph with one more step. */
export type GraphWith<G extends StepGraph, Name extends string, Reply, D extends string> = G & {
  readonly [N in Name]: { readonly reply: Reply; readonly before: Certain<G, D> };
};

/** A name that no step has yet. */
export type Unused<Name extends string, G extends StepGraph> = Name extends keyof G ? never : Name;
