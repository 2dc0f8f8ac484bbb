import { alternativesOf } from '../addresses.js';
import type { Source } from '../databases/source.js';
import type { Findings } from '../findings.js';
import { uuidsAmong } from '../ids.js';
import { Broker, type Letter } from './broker.js';
import { emptyCounts, type Management, type QueueCount } from './counts.js';
import { auditRecorded } from './recorded.js';

/** The queues of the three participants. */
const COMMAND_QUEUES = ['order_commands', 'inventory_commands', 'payment_commands'] as const;

export interface QueuesOptions {
  readonly rabbitmqUrl: string;
  /** Where the management interface is. */
  readonly managementUrl: string;
  /** How long what is in the queues may take to be done, and to be counted, in ms. */
  readonly patienceMs: number;
}

const deadLettersOf = (queue: string): string => `${queue}.dead_letters`;

/**
 * I16: command queues are empty, and every dead letter belongs to a known saga: those in their queues, and those that the
 * orchestrator has recorded and nobody has dealt with yet. At rest. @throws CannotCheck
 */
export async function auditQueues(options: QueuesOptions, orchestrator: Source, findings: Findings): Promise<void> {
  const broker = await Broker.connect(options.rabbitmqUrl);
  try {
    const counts = await emptyCounts(managementOf(options), COMMAND_QUEUES, options.patienceMs);
    for (const queue of COMMAND_QUEUES) {
      findings.checked('I16');
      // How many wait is known at this moment; how many are held, as of some seconds ago.
      const ready = await broker.ready(queue);
      const { unacknowledged = 0, all = 0 } = counts.get(queue) ?? {};
      const elsewhere = all - (counts.get(queue)?.ready ?? 0) - unacknowledged;
      const left = [
        ready > 0 && `${ready} wait`,
        unacknowledged > 0 && `a consumer holds ${unacknowledged}, unacknowledged`,
        elsewhere > 0 && `${elsewhere} are on their way to the dead letters`,
      ].filter(Boolean);
      if (left.length === 0) continue;
      findings.offence({ invariant: 'I16', text: `messages in ${queue}: ${left.join(', ')}`, queue });
    }
    // The queues before the table: a letter goes from there to here, and may be seen twice, but is not missed.
    for (const queue of COMMAND_QUEUES) await auditDeadLetters(await broker.deadLetters(queue), orchestrator, findings);
    for (const queue of COMMAND_QUEUES) auditHeld(queue, counts.get(deadLettersOf(queue)), findings);
    await auditRecorded(orchestrator, findings);
  } finally {
    await broker.close();
  }
}

/** Whoever records letters holds them for moments only; of those that are held, it can't be said whose they are. */
function auditHeld(queue: string, { unacknowledged = 0 }: Partial<QueueCount> = {}, findings: Findings): void {
  if (unacknowledged === 0) return;
  const text = `messages in ${deadLettersOf(queue)}: ${unacknowledged} are held and not recorded`;
  findings.offence({ invariant: 'I16', text, queue, what: 'held' });
}

async function auditDeadLetters(letters: readonly Letter[], orchestrator: Source, findings: Findings): Promise<void> {
  findings.checked('I16', letters.length);
  const known = await knownSagas(
    orchestrator,
    letters.flatMap(({ sagaIds }) => sagaIds),
  );
  for (const { queue, type, reason, sagaIds, body, messageId } of letters) {
    if (sagaIds.length > 0 && sagaIds.every((sagaId) => known.has(sagaId))) continue;
    const whose = sagaIds.length > 0 ? `of saga ${sagaIds.join(', ')}, which is not known,` : 'that names no saga';
    const text = `a dead letter ${whose} in ${deadLettersOf(queue)} (${type}, ${reason}): ${body}`;
    const sagaId = sagaIds.find((id) => !known.has(id));
    findings.offence({ invariant: 'I16', text, queue, what: messageId, ...(sagaId && { sagaId }) });
  }
}

async function knownSagas(orchestrator: Source, sagaIds: readonly string[]): Promise<ReadonlySet<string>> {
  const text = 'select saga_id::text as "sagaId" from saga_state where saga_id = any($1::uuid[])';
  const rows = await orchestrator.rows<{ sagaId: string }>(text, [uuidsAmong(sagaIds)]);
  return new Set(rows.map(({ sagaId }) => sagaId));
}

function managementOf({ rabbitmqUrl, managementUrl }: QueuesOptions): Management {
  const [first = rabbitmqUrl] = alternativesOf(rabbitmqUrl);
  const { username, password, pathname } = new URL(first);
  return {
    url: managementUrl,
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    vhost: decodeURIComponent(pathname.slice(1)) || '/',
  };
}
