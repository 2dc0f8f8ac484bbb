import type { Outcome, OutgoingCommand } from '../core/command.js';

/** Carries commands to participants and their answers back. */
export interface CommandSender {
  /** Hands over the commands of one journal round; never throws. Each is answered at most once, through the listener. */
  send(commands: readonly OutgoingCommand[]): void;
  /** Called once by the runtime, before it sends anything. `id` is the command's. */
  onReply(listener: (id: string, outcome: Outcome) => void): void;
  /**
   * Whether what is sent now can leave; if absent: always. While it cannot, nothing that is due is sent again, no saga is
   * taken over, and no saga's own deadline is looked at: all that waits, and goes on the moment the way is open.
   */
  isOpen?(): boolean;
}

/** Where the runtime gets the time from; tests inject their own. */
export interface Clock {
  /** Epoch ms. */
  now(): number;
  /** Calls back every so many ms, until the returned function is called. */
  every(ms: number, callback: () => void): () => void;
  /** Calls back once, after so many ms, unless the returned function is called before. */
  after(ms: number, callback: () => void): () => void;
}

/** The time and the timers of the process. */
export const systemClock: Clock = {
  now: () => Date.now(),
  every(ms, callback) {
    const timer = setInterval(callback, ms);
    return () => clearInterval(timer);
  },
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};

/** The engine's own log lines; a pino logger fits. */
export interface EngineLog {
  debug(context: object, message: string): void;
  info(context: object, message: string): void;
  warn(context: object, message: string): void;
  error(context: object, message: string): void;
}

/** Drops every line: what a runtime uses unless it is given a log. */
export const silentLog: EngineLog = { debug() {}, info() {}, warn() {}, error() {} };
