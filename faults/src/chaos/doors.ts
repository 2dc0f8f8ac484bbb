import { type ServiceProcess, waitFor } from '@saga-checkout/local-stack';

/** A gateway's process, as far as customers have to do with it. */
type Gateway = Pick<ServiceProcess, 'name' | 'url' | 'alive'>;

interface Absence {
  readonly since: number;
  until: number;
}

/** A gateway is looked for this long, in ms; one that is not back by then counts as there, and what it breaks as its fault. */
const PATIENCE_MS = 60_000;

/** The gateways, and when they were away because of a fault: then, and only then, connections to them may break. */
export class Doors {
  readonly #gateways: ReadonlyMap<string, Gateway>;
  readonly #absences = new Map<string, Absence[]>();

  constructor(gateways: readonly Gateway[]) {
    this.#gateways = new Map(gateways.map((each) => [each.name, each]));
  }

  get names(): readonly string[] {
    return [...this.#gateways.keys()];
  }

  urlOf(name: string): string {
    return this.#gateways.get(name)?.url ?? '';
  }

  /** Something is done to a process; if that is a gateway, it is away from now until it answers after `done`. */
  async away(name: string, done: Promise<unknown>): Promise<void> {
    const process = this.#gateways.get(name);
    if (process === undefined) return;
    const absence = { since: performance.now(), until: Number.POSITIVE_INFINITY };
    this.#absences.set(name, [...(this.#absences.get(name) ?? []), absence]);
    await done;
    await waitFor(async () => process.alive && (await answers(process.url)), { timeoutMs: PATIENCE_MS, everyMs: 20 });
    absence.until = performance.now();
  }

  /** Whether it was away at any time between these two moments (`performance.now()`). */
  wasAway(name: string, from: number, to: number): boolean {
    return (this.#absences.get(name) ?? []).some(({ since, until }) => since <= to && until >= from);
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/health/live`, { signal: AbortSignal.timeout(1_000) })).ok;
  } catch {
    return false; // not yet
  }
}
