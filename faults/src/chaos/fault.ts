/** Each kind of fault, with what happens and what must be said about it. Times in ms. */
export type Fault =
  /** SIGKILL; a supervisor starts it again. */
  | { readonly kind: 'kill'; readonly process: string }
  /** SIGTERM; likewise. */
  | { readonly kind: 'terminate'; readonly process: string }
  /** SIGSTOP, and SIGCONT so much later. */
  | { readonly kind: 'pause'; readonly process: string; readonly forMs: number }
  /** Stopped most of the time: what it consumes piles up. */
  | { readonly kind: 'slow consumer'; readonly process: string; readonly forMs: number }
  | { readonly kind: 'broker killed' | 'postgres killed'; readonly forMs: number }
  | { readonly kind: 'broker restarted' | 'postgres restarted' }
  | { readonly kind: 'broker paused' | 'postgres paused'; readonly forMs: number }
  /** The broker takes no messages: it says that it is out of memory. */
  | { readonly kind: 'memory alarm'; readonly forMs: number }
  | { readonly kind: 'queue deleted'; readonly queue: string }
  /** Some of the connections to the databases are ended by the server. */
  | { readonly kind: 'backends terminated'; readonly share: number }
  /** One database takes nobody in, and throws out who is there. */
  | { readonly kind: 'database closed'; readonly database: string; readonly forMs: number }
  /** All that Postgres can take are taken. */
  | { readonly kind: 'connections exhausted'; readonly forMs: number }
  | { readonly kind: 'network cut'; readonly links: Links; readonly forMs: number }
  /** Afterwards the connections go on with what was held, are reset, or are forgotten: nothing passes over them ever again. */
  | {
      readonly kind: 'network blackhole';
      readonly links: Links;
      readonly forMs: number;
      readonly after: 'goes on' | 'reset' | 'forgotten';
    }
  | {
      readonly kind: 'network late';
      readonly links: Links;
      readonly forMs: number;
      readonly delayMs: number;
      readonly jitterMs: number;
    }
  | { readonly kind: 'network narrow'; readonly links: Links; readonly forMs: number; readonly bytesPerSecond: number }
  | { readonly kind: 'network reset'; readonly links: Links };

/** Links by their names, and in a word which these are: `orchestrator>broker`, `all>postgres`, `api-gateway>all`. */
export interface Links {
  readonly which: string;
  readonly names: readonly string[];
}

export type FaultKind = Fault['kind'];
/** The faults of these kinds. */
export type FaultOf<K extends FaultKind> = Fault extends infer F extends Fault
  ? F extends Fault
    ? K extends F['kind']
      ? F & { readonly kind: K }
      : never
    : never
  : never;

/** How long it lasts, in ms; 0 for what happens in an instant. */
export const durationOf = (fault: Fault): number => ('forMs' in fault ? fault.forMs : 0);

/** `pause payment-service for 2.1 s`. */
export function titleOf(fault: Fault): string {
  const { kind, ...rest } = fault;
  const words = Object.entries(rest).map(([name, value]) => wordOf(name, value));
  return [kind, ...words.filter((word) => word !== '')].join(' ');
}

function wordOf(name: string, value: unknown): string {
  if (name === 'forMs') return `for ${((value as number) / 1_000).toFixed(1)} s`;
  if (name === 'links') return (value as Links).which;
  if (name === 'after') return `then ${value}`;
  if (name === 'share') return `${Math.round((value as number) * 100)}%`;
  if (name === 'delayMs') return `by ${value} ms`;
  if (name === 'jitterMs') return `to ${value} ms more`;
  if (name === 'bytesPerSecond') return `${value} bytes/s`;
  return String(value);
}
