import type { Doors } from '../doors.js';
import { type Answer, type Question, undocumented } from './answers.js';

/** A gateway that is there answers within this, in ms, however much else is away. */
const PATIENCE_MS = 25_000;

export interface Asking {
  readonly question: Question;
  readonly path: string;
  /** Sent with POST; without it, GET. */
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
  /** The customer goes away then. */
  readonly leaves?: AbortSignal;
}

/** Asks the gateways, and writes down what they answer, and what they should not have. */
export class Post {
  /** `checkout 201`: how often. */
  readonly answers = new Map<string, number>();
  readonly problems: string[] = [];
  /** Connections that broke because their gateway was away. */
  broken = 0;
  longestMs = 0;

  constructor(private readonly doors: Doors) {}

  /** The answer; undefined if the connection broke, or the customer left. Never rejects. */
  async ask(gateway: string, asking: Asking): Promise<Answer | undefined> {
    const askedAt = performance.now();
    try {
      const answer = await fetchAnswer(this.doors.urlOf(gateway), asking);
      this.longestMs = Math.max(this.longestMs, performance.now() - askedAt);
      this.#note(gateway, asking, answer, askedAt);
      return answer;
    } catch (error) {
      if (!asking.leaves?.aborted) this.#noteBroken(gateway, asking, error, askedAt);
      return undefined;
    }
  }

  /** Something that the shop should not have done. */
  problem(text: string): void {
    this.problems.push(`${new Date().toISOString()} ${text}`);
  }

  #note(gateway: string, { question, path }: Asking, answer: Answer, askedAt: number): void {
    const code = answer.body?.code;
    const name = `${question} ${answer.status}${code === undefined ? '' : ` ${code}`}`;
    this.answers.set(name, (this.answers.get(name) ?? 0) + 1);
    const problem = undocumented(question, answer);
    const tookMs = Math.round(performance.now() - askedAt);
    if (problem !== undefined) this.problem(`${gateway} answered ${path} after ${tookMs} ms: ${problem}`);
  }

  #noteBroken(gateway: string, { question, path }: Asking, error: unknown, askedAt: number): void {
    const now = performance.now();
    if (this.doors.wasAway(gateway, askedAt, now)) {
      this.broken += 1;
      return;
    }
    const why = error instanceof Error ? `${error.message} ${String(error.cause ?? '')}` : String(error);
    const tookMs = Math.round(now - askedAt);
    this.problem(`${gateway}, which was there, did not answer ${question} ${path} within ${tookMs} ms: ${why}`);
  }
}

async function fetchAnswer(url: string, { path, body, headers, leaves }: Asking): Promise<Answer> {
  const signals = [AbortSignal.timeout(PATIENCE_MS), ...(leaves ? [leaves] : [])];
  const response = await fetch(url + path, {
    signal: AbortSignal.any(signals),
    ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
  });
  const text = await response.text();
  return {
    status: response.status,
    type: response.headers.get('content-type') ?? '',
    retryAfter: response.headers.get('retry-after'),
    location: response.headers.get('location'),
    body: objectOf(text),
  };
}

function objectOf(text: string): Answer['body'] {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? (parsed as Answer['body']) : undefined;
  } catch {
    return undefined; // not JSON; what asked finds that undocumented
  }
}
