import { setTimeout as pause } from 'node:timers/promises';
import type { Database } from './databases/source.js';
import { closeSources, inSnapshots, openSources, type Sources } from './databases/sources.js';
import { Findings } from './findings.js';
import type { InvariantName } from './invariants.js';
import { type Acknowledged, Acknowledgements } from './orders/acknowledged.js';
import { auditOrders } from './orders/orders.js';
import { CannotCheck } from './problem.js';
import { auditQueues } from './queues/queues.js';
import { type Report, reportOf } from './report.js';
import { auditJournals } from './sagas/journals.js';
import { auditDueTimes, auditKeys } from './sagas/sagas.js';
import { quietForMs, untilEnded } from './sagas/unended.js';
import { auditStock } from './stock/stock.js';

export interface AuditOptions {
  readonly databaseUrls: Readonly<Record<Database, string>>;
  /** The broker whose queues are looked at, at rest; not given: they are not. */
  readonly broker?: { readonly url: string; readonly managementUrl: string };
  /** `any`: what holds at every moment, also under load. `rest`: all that holds once sagas have ended, too. */
  readonly moment: 'any' | 'rest';
  /**
   * How long is waited for what may be on its way, in ms: at rest for sagas to end and queues to be empty; then, before it
   * is told, for what looks wrong and was not seen in one snapshot. 30 s at rest, 5 s at any moment.
   */
  readonly graceMs?: number;
  /**
   * How old the broker's counts of what consumers hold may be, in ms; as long after the latest saga's last change it waits
   * before it asks for them. 5 s, as the broker has it; 0 takes what it says at once.
   */
  readonly countsAgeMs?: number;
  /** What customers were told. */
  readonly acknowledged?: Iterable<Acknowledged>;
  /** Whether somebody sent an order's commands by hand, so that it has no saga. */
  readonly byHand?: (orderId: string) => boolean;
  /** How many offences of each invariant are told; 10. */
  readonly told?: number;
}

/** How long what looks wrong is given to come right. */
const SECOND_LOOK_MS = 5_000;

/**
 * Reads the four databases and the queues, with SQL and rules of its own and code shared with nothing that it checks;
 * changes nothing. Memory does not grow with the number of orders.
 *
 * @throws CannotCheck if a database cannot be read.
 */
export async function audit(options: AuditOptions): Promise<Report> {
  const { moment, told = 10, acknowledged = [] } = options;
  const graceMs = options.graceMs ?? (moment === 'rest' ? 30_000 : 5_000);
  const startedAt = new Date();
  const started = performance.now();
  const sources = await openSources(options.databaseUrls);
  try {
    const rest = moment === 'rest';
    const unended = rest ? await untilEnded(sources.orchestrator, graceMs, told) : { count: 0, first: [] };
    const audited = new Audit(sources, options, new Acknowledgements(acknowledged), graceMs);
    await audited.run();
    const { findings, problems } = audited;
    return reportOf({ moment, startedAt, tookMs: performance.now() - started, findings, told, problems, unended });
  } finally {
    await closeSources(sources);
  }
}

class Audit {
  readonly findings = new Findings();
  readonly problems = new Map<InvariantName, CannotCheck>();

  constructor(
    private readonly sources: Sources,
    private readonly options: AuditOptions,
    private readonly acknowledgements: Acknowledgements,
    private readonly graceMs: number,
  ) {}

  async run(): Promise<void> {
    await inSnapshots(this.sources, () => this.#lookAtAll());
    await this.#lookAgain();
    if (this.#atRest) await this.#lookAtQueues();
  }

  get #atRest(): boolean {
    return this.options.moment === 'rest';
  }

  async #lookAtAll(): Promise<void> {
    const { inventory, orchestrator } = this.sources;
    await auditStock(inventory, this.findings);
    await auditJournals(orchestrator, this.findings);
    await this.#lookAtWhatMayPass(this.findings);
  }

  /** What compares databases, or a database with the clock; of all orders, or of those named. */
  async #lookAtWhatMayPass(findings: Findings, only?: readonly string[]): Promise<void> {
    const { sources, acknowledgements, options } = this;
    const { byHand = () => false } = options;
    await auditDueTimes(sources.orchestrator, findings);
    if (this.#atRest) await auditKeys(sources.orchestrator, findings);
    await auditOrders(sources, { atRest: this.#atRest, acknowledgements, byHand, ...(only && { only }) }, findings);
  }

  /** What looks wrong, and may have been on its way, is looked at again, once at least, until it is gone or has had its time. */
  async #lookAgain(): Promise<void> {
    const deadline = performance.now() + Math.min(this.graceMs, SECOND_LOOK_MS);
    let leftMs = deadline - performance.now();
    for (let waitMs = 100; this.findings.uncertain().length > 0; waitMs = Math.min(waitMs * 2, 1_000)) {
      await pause(Math.max(0, Math.min(waitMs, leftMs)));
      const only = [...new Set(this.findings.uncertain().flatMap(({ orderId }) => orderId ?? []))];
      const second = new Findings();
      await inSnapshots(this.sources, () => this.#lookAtWhatMayPass(second, only));
      this.findings.confirmedBy(second);
      leftMs = deadline - performance.now();
      if (leftMs <= 0) return;
    }
  }

  async #lookAtQueues(): Promise<void> {
    const { broker } = this.options;
    if (!broker) return;
    const { url: rabbitmqUrl, managementUrl } = broker;
    const options = { rabbitmqUrl, managementUrl, patienceMs: this.graceMs };
    try {
      const waitMs = (this.options.countsAgeMs ?? 5_000) - (await quietForMs(this.sources.orchestrator));
      if (waitMs > 0) await pause(Math.min(waitMs, this.graceMs));
      await auditQueues(options, this.sources.orchestrator, this.findings);
    } catch (error) {
      if (!(error instanceof CannotCheck)) throw error;
      this.problems.set('I16', error);
    }
  }
}
