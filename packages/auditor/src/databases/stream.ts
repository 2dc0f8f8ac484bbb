/** Rows that come in the order of their keys, one key after the other; a page of them is in memory at a time. */
export class Stream<Row extends { readonly key: string }> {
  readonly #pages: AsyncIterator<Row[]>;
  #page: Row[] = [];
  #at = 0;
  #over = false;

  constructor(pages: AsyncIterable<Row[]>) {
    this.#pages = pages[Symbol.asyncIterator]();
  }

  /** The key of the next row; undefined at the end. */
  async key(): Promise<string | undefined> {
    while (this.#at >= this.#page.length && !this.#over) await this.#turn();
    return this.#page[this.#at]?.key;
  }

  /** All rows of that key, if it is the next one. */
  async take(key: string): Promise<Row[]> {
    const rows: Row[] = [];
    while ((await this.key()) === key) rows.push(this.#page[this.#at++] as Row);
    return rows;
  }

  async #turn(): Promise<void> {
    const next = await this.#pages.next();
    this.#over = next.done === true;
    this.#page = next.done ? [] : next.value;
    this.#at = 0;
  }
}

/** The smallest key that any of the streams has next; undefined when all are at their end. */
export async function nextKey(streams: readonly Stream<{ readonly key: string }>[]): Promise<string | undefined> {
  let least: string | undefined;
  for (const stream of streams) {
    const key = await stream.key();
    if (key !== undefined && (least === undefined || key < least)) least = key;
  }
  return least;
}
