import type { Socket } from 'node:net';
import type { Condition } from './link.js';

/** What one side has done, in its order: sent something, said that it sends no more, or gone. */
type Event =
  | { readonly did: 'send'; readonly bytes: Buffer; readonly dueAt: number }
  | { readonly did: 'end' | 'close' | 'break'; readonly dueAt: number };

/** No more than this is held; then the sender has to wait, as it would for a full network. */
const MAX_HELD_BYTES = 1024 * 1024;

/** One direction of a connection: what comes in at one side goes out at the other, when the link's condition lets it. */
export class Pipe {
  readonly #waiting: Event[] = [];
  #heldBytes = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly from: Socket,
    private readonly to: Socket,
    private readonly condition: () => Condition,
  ) {
    from.on('data', (bytes: Buffer) => this.#take({ did: 'send', bytes, dueAt: this.#dueAt(bytes.length) }));
    from.on('end', () => this.#take({ did: 'end', dueAt: this.#dueAt(0) }));
    from.on('error', () => {}); // 'close' follows, and says so
    from.on('close', (broken) => this.#take({ did: broken ? 'break' : 'close', dueAt: this.#dueAt(0) }));
    to.on('drain', () => this.#pass());
  }

  /** The link's condition has changed: what waited for the former one goes on at once. */
  conditionChanged(): void {
    for (const [index, event] of this.#waiting.entries()) this.#waiting[index] = { ...event, dueAt: 0 };
    this.#pass();
  }

  #take(event: Event): void {
    this.#waiting.push(event);
    if (event.did === 'send') this.#heldBytes += event.bytes.length;
    if (this.#heldBytes > MAX_HELD_BYTES) this.from.pause();
    this.#pass();
  }

  /** When something that comes in now goes out: never before what came earlier. */
  #dueAt(bytes: number): number {
    const condition = this.condition();
    const before = this.#waiting.at(-1)?.dueAt ?? 0;
    const now = performance.now();
    if (condition.is === 'late') return Math.max(before, now + condition.delayMs + condition.jitterMs * Math.random());
    if (condition.is === 'narrow') return Math.max(before, now) + (bytes / condition.bytesPerSecond) * 1_000;
    return before;
  }

  #pass(): void {
    clearTimeout(this.#timer);
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      if (this.condition().is === 'blackhole' || this.to.writableNeedDrain) return;
      const waitMs = next.dueAt - performance.now();
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.#pass(), waitMs);
        return;
      }
      this.#waiting.shift();
      this.#do(next);
    }
  }

  #do(event: Event): void {
    const { to, from } = this;
    switch (event.did) {
      case 'send':
        this.#heldBytes -= event.bytes.length;
        if (this.#heldBytes <= MAX_HELD_BYTES && from.isPaused()) from.resume();
        if (!to.destroyed) to.write(event.bytes);
        return;
      case 'end':
        if (!to.destroyed) to.end();
        return;
      case 'close':
        to.destroySoon();
        return;
      case 'break':
        to.resetAndDestroy();
    }
  }
}
