/** What is known of a definition: which steps wait for which others, and how they are taken back. */
export interface Shape {
  /** Per step, all steps that must be over before it starts. */
  readonly before: ReadonlyMap<string, ReadonlySet<string>>;
  /** Steps that have a compensation. */
  readonly compensated: ReadonlySet<string>;
  /** In which order, if not the latest first. */
  readonly order?: readonly string[];
  /** From the start of one of these on nothing is taken back for a person's or the clock's sake. */
  readonly pivots: ReadonlySet<string>;
}

/** A definition's shape as the journal's own table has it. */
export interface StoredShape {
  readonly steps: Readonly<
    Record<string, { readonly dependsOn?: readonly string[]; readonly compensation?: string; readonly pivot?: boolean }>
  >;
  readonly compensationOrder?: readonly string[];
}

/** The checkout as the design has it, whatever the code or a table says. */
const CHECKOUT: StoredShape = {
  steps: {
    createOrder: { compensation: 'order.cancel' },
    reserveInventory: { dependsOn: ['createOrder'], compensation: 'inventory.release' },
    processPayment: { dependsOn: ['reserveInventory'], compensation: 'payment.refund' },
    confirmOrder: { dependsOn: ['processPayment'], pivot: true },
  },
};

const DESIGNED: Readonly<Record<string, StoredShape>> = { 'checkout 1': CHECKOUT };

/** The shapes of all definitions that are known; of others' sagas only what holds for any saga can be checked. */
export class Shapes {
  readonly #shapes = new Map<string, Shape>();

  constructor(stored: readonly { readonly type: string; readonly version: number; readonly shape: StoredShape }[]) {
    for (const { type, version, shape } of stored) this.#shapes.set(`${type} ${version}`, shapeOf(shape));
    for (const [name, shape] of Object.entries(DESIGNED)) this.#shapes.set(name, shapeOf(shape));
  }

  of(type: string, version: number): Shape | undefined {
    return this.#shapes.get(`${type} ${version}`);
  }
}

function shapeOf({ steps, compensationOrder }: StoredShape): Shape {
  const names = Object.keys(steps);
  return {
    before: new Map(names.map((name) => [name, allBefore(steps, name)])),
    compensated: new Set(names.filter((name) => steps[name]?.compensation !== undefined)),
    pivots: new Set(names.filter((name) => steps[name]?.pivot)),
    ...(compensationOrder && { order: compensationOrder }),
  };
}

function allBefore(steps: StoredShape['steps'], name: string): Set<string> {
  const found = new Set<string>();
  const open = [...(steps[name]?.dependsOn ?? [])];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (found.has(next)) continue;
    found.add(next);
    open.push(...(steps[next]?.dependsOn ?? []));
  }
  return found;
}
