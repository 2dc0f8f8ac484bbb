import { Agent, request } from 'undici';

/** An answer of one of the shop's services. `body` is parsed when it is JSON of any kind, else the text. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly body: any;
}

export interface Asking {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Sent as JSON, unless it is a string. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** For checkouts whose outcome is to be waited for, however busy the machine is. */
export const PATIENTLY = { prefer: 'wait=60' } as const;

/** A small HTTP client: one base URL, many connections, no retries. */
export class HttpClient {
  readonly #agent = new Agent({ connections: 256, bodyTimeout: 70_000, headersTimeout: 70_000 });

  /** `check` looks at every answer, and throws what is wrong with it. */
  constructor(
    readonly baseUrl: string,
    private readonly check: (method: string, path: string, answer: Answer) => void = () => {},
  ) {}

  get(path: string, headers?: Asking['headers']): Promise<Answer> {
    return this.ask(path, headers === undefined ? {} : { headers });
  }

  post(path: string, body: unknown, headers?: Asking['headers']): Promise<Answer> {
    return this.ask(path, { method: 'POST', body, ...(headers !== undefined && { headers }) });
  }

  /** Rejects only when there is no answer: connection refused, reset, or silence. */
  async ask(path: string, { method = 'GET', body, headers = {} }: Asking): Promise<Answer> {
    const response = await request(this.baseUrl + path, {
      method,
      dispatcher: this.#agent,
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
    });
    const text = await response.body.text();
    const type = String(response.headers['content-type'] ?? '');
    const flat = Object.entries(response.headers).map(([name, value]) => [name, [value].flat().join(', ')]);
    const answer = {
      status: response.statusCode,
      headers: Object.fromEntries(flat),
      body: /[/+]json/.test(type) ? JSON.parse(text) : text,
    };
    this.check(method, path, answer);
    return answer;
  }

  close(): Promise<void> {
    return this.#agent.destroy();
  }
}
