import type { CommandClient } from '@saga-checkout/messaging/client';
import type { CommandSender, Outcome } from '@saga-checkout/saga';
import type { createLogger } from '@saga-checkout/service';
import { Breaker, type BreakerState } from './breaker.js';

export interface ParticipantsOptions {
  /** The participants' queues by their names: `{ inventory: 'inventory_commands' }`. */
  readonly queues: Readonly<Record<string, string>>;
  readonly client: Pick<CommandClient, 'consumersOf'>;
  readonly log: Pick<ReturnType<typeof createLogger>, 'info' | 'warn'>;
  readonly now?: () => number;
}

/** How often the broker is asked who consumes the queues, in ms. */
const LOOK_MS = 250;
/** What a new checkout may wait for the broker to say whether a participant has come back, in ms. */
const ASK_MS = 25;

/** Codes that tell of the way to a participant, or of one command: nothing about whether it can do its work. */
const TELLS_NOTHING = new Set(['CONNECTION_LOST', 'NOT_SERIALIZABLE', 'BROKEN_REPLY', 'DEAD_LETTERED']);

interface Watched {
  readonly name: string;
  readonly queue: string;
  readonly breaker: Breaker;
}

/** Which participants are there: hears every command and every answer, asks the broker, and is asked at the door. */
export class Participants {
  readonly #options: ParticipantsOptions;
  readonly #watched: readonly Watched[];
  readonly #byQueue: ReadonlyMap<string, Breaker>;
  #looking: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ParticipantsOptions) {
    this.#options = options;
    const { queues, now = Date.now } = options;
    this.#watched = Object.entries(queues).map(([name, queue]) => {
      const onChange = (state: BreakerState, why: string) => this.#tell(name, state, why);
      return { name, queue, breaker: new Breaker({ now, onChange }) };
    });
    this.#byQueue = new Map(this.#watched.map(({ queue, breaker }) => [queue, breaker]));
  }

  /** From now on looks several times a second, until the returned function is called. */
  start(): () => void {
    this.#timer ??= setInterval(() => void this.look(), LOOK_MS).unref();
    return () => clearInterval(this.#timer);
  }

  /** The same sender, whose commands and answers are heard. */
  hear(sender: CommandSender): CommandSender {
    return {
      ...sender,
      send: (commands) => {
        for (const command of commands) this.#byQueue.get(command.queue)?.sent(command);
        sender.send(commands);
      },
      onReply: (listener) =>
        sender.onReply((id, outcome) => {
          this.#heard(id, outcome);
          listener(id, outcome);
        }),
    };
  }

  /**
   * The participant for whose sake a new checkout must not begin now; undefined if it may. Takes no longer than 25 ms: to
   * know whether a queue that nobody consumed still is deserted, the broker is asked, once for all who want to know.
   */
  async missing(): Promise<string | undefined> {
    if (this.#watched.some(({ breaker }) => breaker.isDeserted)) await this.#lookBriefly();
    const missing = this.#watched.find(({ breaker }) => !breaker.mayPass());
    if (missing === undefined) for (const { breaker } of this.#watched) breaker.pass();
    return missing?.name;
  }

  states(): { readonly name: string; readonly state: BreakerState }[] {
    return this.#watched.map(({ name, breaker }) => ({ name, state: breaker.state }));
  }

  /** Counts what was missed and asks who consumes the queues. Never rejects. */
  look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #look(): Promise<void> {
    const look = async ({ queue, breaker }: Watched) => {
      breaker.look();
      breaker.consumers(await this.#options.client.consumersOf(queue));
    };
    await Promise.all(this.#watched.map(look));
  }

  async #lookBriefly(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const enough = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ASK_MS);
    });
    await Promise.race([this.look(), enough]);
    clearTimeout(timer);
  }

  #heard(id: string, outcome: Outcome): void {
    const isFailure = outcome.outcome === 'failed';
    const code = isFailure ? outcome.code : '';
    for (const { breaker } of this.#watched) {
      if (code === 'UNROUTABLE') breaker.unroutable(id);
      else if (TELLS_NOTHING.has(code)) breaker.forgotten(id);
      else if (code !== 'NOT_ACCEPTED' && breaker.answered(id, isFailure)) return;
    }
  }

  #tell(participant: string, state: BreakerState, why: string): void {
    const { log } = this.#options;
    if (state === 'open') log.warn({ participant, state }, `${participant} is away: ${why}; new checkouts are refused`);
    else if (state === 'half-open') log.info({ participant, state }, `${participant}: ${why}`);
    else log.info({ participant, state }, `${participant} is back: ${why}`);
  }
}
