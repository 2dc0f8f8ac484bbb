import { eventually } from './eventually.js';
import { type Answer, HttpClient } from './http.js';
import type { ShopClient } from './shop-client.js';

/** A dead letter as its row says, with its body as it came. */
export interface RecordedLetter {
  readonly id: string;
  readonly status: string;
  readonly queue: string;
  readonly reason: string;
  readonly detail: string | null;
  readonly type: string | null;
  readonly sagaId: string | null;
  readonly attempts: number | null;
  readonly redriveOf: string | null;
  readonly body: string;
}

const COLUMNS = `id, status, queue, reason, detail, type, saga_id as "sagaId", attempts, redrive_of as "redriveOf",
  convert_from(content, 'UTF8') as body`;

/** What a test says when it discards what it has put aside. */
const TIDYING = { by: 'a test', reason: 'put aside on purpose' };

/** The dead letters of a shop, by its orchestrators' interface and in their table. */
export class Letters {
  readonly #orchestrators: readonly HttpClient[];

  constructor(private readonly shop: ShopClient) {
    this.#orchestrators = shop.address.services.orchestrator.map((url) => new HttpClient(url));
  }

  /** Waits until so many letters of the queue are open; gives all that are, the earliest first. */
  open(queue: string, count = 1): Promise<RecordedLetter[]> {
    return eventually(`${count} open letters of ${queue}`, async () => {
      const letters = await this.#rows(`status = 'OPEN' and queue = $1`, queue);
      return letters.length >= count && letters;
    });
  }

  async find(id: string): Promise<RecordedLetter | undefined> {
    return (await this.#rows('id = $1', id))[0];
  }

  /** `GET /dead-letters…` of one of the orchestrators. */
  get(path = '', replica = 0): Promise<Answer> {
    return this.#orchestrator(replica).get(`/dead-letters${path}`);
  }

  redrive(id: string, decision: object, replica = 0): Promise<Answer> {
    return this.#orchestrator(replica).post(`/dead-letters/${id}/redrive`, decision);
  }

  discard(id: string, decision: object = TIDYING): Promise<Answer> {
    return this.#orchestrator(0).post(`/dead-letters/${id}/discard`, decision);
  }

  /** Waits for open letters of the queue, and discards them, so that they are not in the way of others. */
  async take(queue: string, count = 1): Promise<RecordedLetter[]> {
    const letters = await this.open(queue, count);
    for (const { id } of letters) {
      const { status, body } = await this.discard(id);
      if (status !== 200) throw new Error(`letter ${id} was not discarded: ${JSON.stringify(body)}`);
    }
    return letters;
  }

  async close(): Promise<void> {
    for (const orchestrator of this.#orchestrators) await orchestrator.close();
  }

  #rows(where: string, value: string): Promise<RecordedLetter[]> {
    const text = `select ${COLUMNS} from dead_letters where ${where} order by recorded_at, id`;
    return this.shop.rows('orchestrator', text, [value]);
  }

  #orchestrator(replica: number): HttpClient {
    const client = this.#orchestrators[replica];
    if (client === undefined) throw new Error(`there is no replica ${replica} of the orchestrator`);
    return client;
  }
}
