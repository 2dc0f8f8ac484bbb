import type { Clock } from './ports.js';

export interface TimetableOptions<Item> {
  readonly clock: Clock;
  /** When it is an item's turn, as things stand now, in epoch ms; null: never. */
  readonly timeOf: (item: Item) => number | null;
  /** Called once when the time has come; the item is off the timetable then. */
  readonly onDue: (item: Item) => void;
  /** While this says no, nothing is due; afterwards everything that has become due is, within one slot. */
  readonly isOpen: () => boolean;
}

/** Times are rounded up to whole slots, so that at most so many timers fire however many items there are. In ms. */
const SLOT_MS = 25;
/** A longer timer is set in pieces: Node fires those of more than 24 days at once. In ms. */
const LONGEST_TIMER_MS = 3_600_000;

/**
 * Says when it is whose turn: items in slots by time, and a single timer for the earliest slot. Nothing runs while there is
 * nothing to wait for. Most items are put off again and again before their turn: that costs nothing here, as an item stays
 * in its slot, and moves to its right one when the slot's time has come.
 */
export class Timetable<Item> {
  readonly #options: TimetableOptions<Item>;
  readonly #slots = new Map<number, Set<Item>>();
  readonly #slotOf = new Map<Item, number>();
  #timer: { readonly slot: number; readonly cancel: () => void } | undefined;
  #stopped = false;

  constructor(options: TimetableOptions<Item>) {
    this.#options = options;
  }

  /** Puts the item where it belongs, or takes it off if it has no time any more. */
  put(item: Item): void {
    const time = this.#options.timeOf(item);
    if (time === null) return this.drop(item);
    const slot = Math.ceil(time / SLOT_MS);
    const present = this.#slotOf.get(item);
    if (this.#stopped || (present !== undefined && present <= slot)) return;
    this.drop(item);
    const items = this.#slots.get(slot);
    if (items === undefined) this.#slots.set(slot, new Set([item]));
    else items.add(item);
    this.#slotOf.set(item, slot);
    this.#arm(slot);
  }

  /** Takes the item off. */
  drop(item: Item): void {
    const slot = this.#slotOf.get(item);
    if (slot === undefined) return;
    this.#slotOf.delete(item);
    const items = this.#slots.get(slot);
    items?.delete(item);
    if (items?.size === 0) this.#slots.delete(slot);
  }

  /** Nothing is due any more, ever. */
  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#slots.clear();
    this.#slotOf.clear();
  }

  #arm(slot: number): void {
    if (this.#timer !== undefined && this.#timer.slot <= slot) return;
    this.#timer?.cancel();
    const { clock } = this.#options;
    const ms = Math.min(LONGEST_TIMER_MS, Math.max(0, slot * SLOT_MS - clock.now()));
    this.#timer = { slot, cancel: clock.after(ms, () => this.#fire()) };
  }

  #fire(): void {
    this.#timer = undefined;
    const { clock, isOpen } = this.#options;
    const now = Math.floor(clock.now() / SLOT_MS);
    if (isOpen()) {
      const due = [...this.#slots.keys()].filter((slot) => slot <= now).sort((one, other) => one - other);
      for (const slot of due) for (const item of [...(this.#slots.get(slot) ?? [])]) this.#look(item);
    }
    if (this.#slots.size > 0) this.#arm(Math.max(now + 1, Math.min(...this.#slots.keys())));
  }

  #look(item: Item): void {
    this.drop(item);
    const time = this.#options.timeOf(item);
    if (time === null) return;
    if (time > this.#options.clock.now()) this.put(item);
    else this.#options.onDue(item);
  }
}
