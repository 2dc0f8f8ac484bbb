import type { InvariantName } from './invariants.js';

/** A row that breaks an invariant, and the ids by which a person finds it. */
export interface Offence {
  readonly invariant: InvariantName;
  readonly text: string;
  readonly orderId?: string;
  readonly sagaId?: string;
  readonly productId?: string;
  readonly queue?: string;
  /** What else tells it from others of the same invariant and ids. */
  readonly what?: string;
  /**
   * Seen in more than one snapshot, or against a clock: what looks wrong may have been on its way, and is looked at again
   * before it is told. What one snapshot shows needs no second look.
   */
  readonly uncertain?: true;
}

/** How many offences of one invariant are kept; the others are only counted. */
const KEPT = 20_000;

/** What a pass over the data has found: how many rows were checked, and which of them offend. */
export class Findings {
  readonly #checked = new Map<InvariantName, number>();
  readonly #offences = new Map<InvariantName, Offence[]>();
  readonly #offending = new Map<InvariantName, number>();

  checked(invariant: InvariantName, count = 1): void {
    this.#checked.set(invariant, this.checkedOf(invariant) + count);
  }

  offence(offence: Offence): void {
    const { invariant } = offence;
    this.#offending.set(invariant, this.offendingOf(invariant) + 1);
    const kept = this.#offences.get(invariant) ?? [];
    if (kept.length < KEPT) kept.push(offence);
    this.#offences.set(invariant, kept);
  }

  checkedOf(invariant: InvariantName): number {
    return this.#checked.get(invariant) ?? 0;
  }

  offendingOf(invariant: InvariantName): number {
    return this.#offending.get(invariant) ?? 0;
  }

  offencesOf(invariant: InvariantName): readonly Offence[] {
    return this.#offences.get(invariant) ?? [];
  }

  /** Those that must be looked at again. */
  uncertain(): Offence[] {
    return [...this.#offences.values()].flat().filter(({ uncertain }) => uncertain);
  }

  /** Takes out the uncertain ones that a second look did not find again, and tells those that it did as it saw them. */
  confirmedBy(second: Findings): void {
    const found = new Map(second.uncertain().map((offence) => [identityOf(offence), offence]));
    for (const [invariant, kept] of this.#offences) {
      const left = kept.flatMap((offence) => (offence.uncertain ? (found.get(identityOf(offence)) ?? []) : offence));
      this.#offending.set(invariant, this.offendingOf(invariant) - kept.length + left.length);
      this.#offences.set(invariant, left);
    }
  }
}

/** What makes two offences the same, whatever their numbers say by now. */
const identityOf = ({ invariant, orderId, sagaId, productId, queue, what }: Offence): string =>
  [invariant, orderId, sagaId, productId, queue, what].join(' ');
