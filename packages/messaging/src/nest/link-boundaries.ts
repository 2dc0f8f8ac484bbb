import { randomUUID } from 'node:crypto';
import type { Channel, Options } from 'amqplib';
import { typeOf } from '../dead-letter.js';
import { type Faults, pointOf, sendWith } from '../faults.js';
import type { Publisher } from '../publisher.js';
import type { Entry } from './entries.js';

/**
 * Has answers and acknowledgements pass their boundaries in a process that has a fault plan. Each waits there until the
 * broker has what came before it, so that a process that ends at a boundary has done just what its name says.
 */
export class LinkBoundaries {
  readonly #faults: Faults;
  readonly #leaving = new Set<Promise<void>>();

  constructor(faults: Faults) {
    this.#faults = faults;
  }

  /** Answers to a command leave, by the publisher that there is then. */
  reply(
    publisher: () => Publisher | undefined,
    to: string,
    content: Buffer,
    options: Options.Publish,
    command: string,
  ) {
    this.#faults.reached(pointOf('before-reply', command));
    const fault = this.#faults.messageFault('reply', command);
    const left = new Promise<void>((resolve) => {
      // A process that ends before it acknowledges has sent also what was delayed.
      if (fault?.kind === 'lose') resolve();
      sendWith(fault, () => {
        const by = publisher();
        if (!by) return resolve();
        by.publish('', to, content, { ...options, messageId: randomUUID() }, (problem) => {
          if (!problem) this.#faults.reached(pointOf('after-reply', command));
          resolve();
        });
      });
    });
    this.#leaving.add(left);
    void left.then(() => this.#leaving.delete(left));
  }

  /** The entry, whose messages are acknowledged when their answers have left. */
  around(entry: Entry): Entry {
    return async (message) => {
      await entry(message);
      await Promise.all(this.#leaving);
    };
  }

  /** Has the channel's acknowledgements pass their boundaries. */
  watch(channel: Channel, queue: string): void {
    const ack = channel.ack.bind(channel);
    channel.ack = (message) => {
      const command = typeOf(message);
      this.#faults.reached(pointOf('before-ack', command));
      ack(message);
      // The broker does not answer an acknowledgement, but it answers what is asked after it.
      const seen = () => this.#faults.reached(pointOf('after-ack', command));
      channel.checkQueue(queue).then(seen, () => {});
    };
  }
}
