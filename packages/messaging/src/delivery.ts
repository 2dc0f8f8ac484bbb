import type { ReplyItem } from '@saga-checkout/shared-types';

/**
 * One message under way: gathers the answers to its items. Answers that become known in the same turn of the event
 * loop leave together; none waits for the others.
 */
export class Delivery {
  readonly #send: (items: readonly ReplyItem[]) => void;
  readonly #settled: () => void;
  #ready: ReplyItem[] = [];
  #open: number;
  #scheduled = false;

  /** `settled` is called once, when all `count` items are closed and their answers have been sent. */
  constructor(count: number, send: (items: readonly ReplyItem[]) => void, settled: () => void) {
    this.#open = count;
    this.#send = send;
    this.#settled = settled;
  }

  /** Closes one item, with its answer unless it has none. */
  close(answer: ReplyItem | undefined): void {
    if (answer) this.#ready.push(answer);
    this.#open--;
    if (this.#open === 0) {
      this.#flush();
      this.#settled();
    } else if (!this.#scheduled) {
      this.#scheduled = true;
      setImmediate(() => {
        this.#scheduled = false;
        this.#flush();
      });
    }
  }

  #flush(): void {
    if (this.#ready.length === 0) return;
    const items = this.#ready;
    this.#ready = [];
    this.#send(items);
  }
}
