import type { Findings } from '../findings.js';
import type { SagaRow } from './rows.js';

/** What a customer was told: the answer's ids and status. */
export interface Acknowledged {
  readonly orderId: string;
  readonly sagaId: string;
  /** The HTTP status of the answer: 201 promises an order that is confirmed, 202 nothing yet, others that it is not. */
  readonly status: number;
}

/** I15: every acknowledged checkout has exactly one saga, and it ended as the customer was told. At rest. */
export class Acknowledgements {
  readonly #told: ReadonlyMap<string, readonly Acknowledged[]>;
  readonly #seen = new Set<string>();

  constructor(acknowledged: Iterable<Acknowledged>) {
    this.#told = Map.groupBy(acknowledged, ({ orderId }) => orderId);
  }

  /** The orders that customers know of. */
  orderIds(): string[] {
    return [...this.#told.keys()];
  }

  /** Compares what was told of an order with its sagas. */
  compare(orderId: string, sagas: readonly SagaRow[], findings: Findings): void {
    this.#seen.add(orderId);
    for (const told of this.#told.get(orderId) ?? []) {
      findings.checked('I15');
      const what = `a customer was answered ${told.status} for order ${orderId}, saga ${told.sagaId}`;
      const saga = sagas.find(({ sagaId }) => sagaId === told.sagaId);
      const ids = { orderId, sagaId: told.sagaId, uncertain: true } as const;
      if (saga === undefined) {
        const others = sagas.map(({ sagaId }) => sagaId).join(', ');
        findings.offence({ invariant: 'I15', text: `${what}, but its saga is ${others || 'not there'}`, ...ids });
      } else if (told.status !== 202 && isOver(saga) && (told.status === 201) !== (saga.status === 'COMPLETED'))
        findings.offence({ invariant: 'I15', text: `${what}, but that is ${saga.status}`, ...ids });
    }
  }

  /** What was told of orders that no database has; `only`: of those that are looked at. */
  compareTheRest(findings: Findings, only?: ReadonlySet<string>): void {
    for (const orderId of this.#told.keys())
      if (!this.#seen.has(orderId) && (only?.has(orderId) ?? true)) this.compare(orderId, [], findings);
    this.#seen.clear();
  }
}

const isOver = ({ status }: SagaRow): boolean => status === 'COMPLETED' || status === 'COMPENSATED';
