import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ServiceName, type ServiceProcess, waitFor } from '@saga-checkout/local-stack';

/** A fault that a process has done. */
export interface Done {
  readonly instruction: string;
  readonly pid: number;
  /** Epoch ms. */
  readonly at: number;
}

/** The services that can be made to fail. */
export const FAULTY = ['orchestrator', 'order-service', 'inventory-service', 'payment-service'] as const;
export type Faulty = (typeof FAULTY)[number];

export const isFaulty = (service: ServiceName): service is Faulty => (FAULTY as readonly string[]).includes(service);

/** A process that follows a plan. */
type Follower = Pick<ServiceProcess, 'service' | 'pid' | 'alive'>;

/** A process takes up another plan within moments; one that is just being started, when it gets there. In ms. */
const PATIENCE_MS = 20_000;

/** The plans of a shop's services, one file each, which all replicas read again as they change; and what they have done. */
export class FaultPlans {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(this.#record, { recursive: true });
    for (const service of FAULTY) this.#write(service, '');
  }

  get #record(): string {
    return join(this.#folder, 'record');
  }

  /** What a service must have in its environment to follow its plan. */
  environment(service: Faulty): Record<string, string> {
    return { FAULT_PLAN: `@${this.#file(service)}`, FAULT_RECORD: this.#record };
  }

  /** Has the services follow these plans, and no others; resolves when all that are alive do. */
  async follow(plans: Partial<Record<Faulty, readonly string[]>>, processes: readonly Follower[]): Promise<void> {
    const texts = new Map(FAULTY.map((service) => [service, (plans[service] ?? []).join('\n')]));
    for (const [service, text] of texts) this.#write(service, text);
    const followed = () =>
      processes.every((each) => !each.alive || this.#followedBy(each) === this.#textFor(each, texts));
    if (await waitFor(followed, { timeoutMs: PATIENCE_MS, everyMs: 5 })) return;
    throw new Error('not all services have taken up their fault plans');
  }

  /** Forgets what was done, so that it can be done again. */
  forget(): void {
    for (const name of readdirSync(this.#record))
      if (name.startsWith('done.')) rmSync(join(this.#record, name), { force: true });
  }

  done(): Done[] {
    return readdirSync(this.#record).flatMap((name) => {
      const text = name.startsWith('done.') ? readFileSync(join(this.#record, name), 'utf8') : '';
      // It may be there and not be written yet.
      if (text === '') return [];
      const { instruction, pid, at } = JSON.parse(text) as { instruction: string; pid: number; at: string };
      return [{ instruction, pid, at: Date.parse(at) }];
    });
  }

  #followedBy({ pid }: Follower): string | undefined {
    try {
      return readFileSync(join(this.#record, `plan.${pid}`), 'utf8');
    } catch {
      return undefined; // it is being started
    }
  }

  #textFor({ service }: Follower, texts: ReadonlyMap<Faulty, string>): string | undefined {
    return isFaulty(service) ? texts.get(service) : undefined;
  }

  #file(service: Faulty): string {
    return join(this.#folder, `${service}.plan`);
  }

  /** As one: nobody reads half of it. */
  #write(service: Faulty, text: string): void {
    const draft = `${this.#file(service)}.draft`;
    writeFileSync(draft, text);
    renameSync(draft, this.#file(service));
  }
}
