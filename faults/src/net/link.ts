/** A way from one process to another that leads through the proxy. */
export interface Link {
  /** `orchestrator-2>broker`: who connects, to what. */
  readonly name: string;
  /** The port on this machine to which connections are passed on. */
  readonly targetPort: number;
}

/** How a link is. Times in ms. */
export type Condition =
  | { readonly is: 'open' }
  /** Connections break, new ones at once. */
  | { readonly is: 'cut' }
  /** Nothing passes and nobody is told; new connections are taken, and lead nowhere. */
  | { readonly is: 'blackhole' }
  /** What is sent comes so much later, in order. */
  | { readonly is: 'late'; readonly delayMs: number; readonly jitterMs: number }
  | { readonly is: 'narrow'; readonly bytesPerSecond: number };

export const OPEN: Condition = { is: 'open' };

/** What the proxy's process is asked; each is answered with its number. */
export type Request = { readonly number: number } & (
  | { readonly ask: 'add'; readonly link: Link }
  | { readonly ask: 'set'; readonly names: readonly string[]; readonly condition: Condition }
  /** Connections end with RST on both sides; new ones pass. */
  | { readonly ask: 'reset'; readonly names: readonly string[] }
  /** Over the connections that there are nothing passes ever again, and nobody is told; new ones pass. */
  | { readonly ask: 'forget'; readonly names: readonly string[] }
);

export interface Response {
  readonly number: number;
  /** Of the link that was added. */
  readonly port?: number;
  readonly error?: string;
}
