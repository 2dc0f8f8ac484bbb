import { createPool, type DatabaseUrl } from '@saga-checkout/database';
import { DeadLetterClient, type DeadLetterClientOptions, type Faults } from '@saga-checkout/messaging/client';
import type { createLogger, createMetrics } from '@saga-checkout/service';
import type { Router } from 'express';
import { Gauge } from 'prom-client';
import { deadLettersRouter } from './dead-letters.router.js';
import { DeadLetters } from './dead-letters.service.js';
import { LetterTable } from './letter-table.js';
import { passWith } from './points.js';

export interface DeadLettersSettings extends Pick<DeadLetterClientOptions, 'queues' | 'connectionName'> {
  readonly databaseUrl: DatabaseUrl;
  readonly rabbitmqUrl: DeadLetterClientOptions['url'];
  readonly sagaStatus: (sagaId: string) => Promise<string | undefined>;
  readonly registry: ReturnType<typeof createMetrics>['registry'];
  readonly log: ReturnType<typeof createLogger>;
  readonly faults?: Faults | undefined;
}

/** Dead letters as the process has them. */
export interface OpenDeadLetters {
  readonly router: Router;
  /** Begins to take letters, as soon as broker and database are there. */
  start(): void;
  /** Deletes letters that ended before, so many at most. */
  prune(endedBefore: Date, limit: number): Promise<number>;
  close(): Promise<void>;
}

/** Connections to the database, of their own, so that letters never take one from a checkout. */
const MAX_CONNECTIONS = 4;

/** Takes dead letters from their queues into the table, and serves them to operators. */
export function openDeadLetters(settings: DeadLettersSettings): OpenDeadLetters {
  const { databaseUrl, rabbitmqUrl, queues, connectionName, sagaStatus, registry, log, faults } = settings;
  const pool = createPool({
    url: databaseUrl,
    applicationName: 'orchestrator dead letters',
    max: MAX_CONNECTIONS,
    onError: (error) => log.warn({ err: error }, 'a database connection for dead letters was lost'),
  });
  const table = new LetterTable(pool);
  const client: DeadLetterClient = new DeadLetterClient({
    url: rabbitmqUrl,
    queues,
    connectionName: `${connectionName} dead letters`,
    log,
    ready: () => table.ready(),
    record: (some) => letters.record(some),
  });
  const letters = new DeadLetters({ pool, client, log, pass: passWith(faults) });
  observe(table, queues.map(String), registry);
  return {
    router: deadLettersRouter({ letters, sagaStatus }),
    start: () => client.start(),
    prune: (endedBefore, limit) => table.prune(endedBefore, limit),
    close: async () => {
      await client.close();
      await pool.end();
    },
  };
}

function observe(table: LetterTable, queues: readonly string[], registry: DeadLettersSettings['registry']): void {
  new Gauge({
    name: 'dead_letters_open',
    help: 'Dead letters that wait for a person, by queue; all orchestrators count the same ones',
    labelNames: ['queue'],
    registers: [registry],
    async collect() {
      // While the database is away there is no number, rather than an old one.
      const counts = await table.openCounts().catch(() => undefined);
      this.reset();
      if (counts === undefined) return;
      for (const queue of queues) this.set({ queue }, 0);
      for (const { queue, count } of counts) this.set({ queue }, count);
    },
  });
}
