import type { Pool } from '@saga-checkout/database';
import type { DeadLetterClient, ReceivedLetter } from '@saga-checkout/messaging/client';
import { redactBrokenJson } from '@saga-checkout/service';
import type { DeadLetterDecision } from '@saga-checkout/shared-types';
import { endedOtherwise, hasEnded, type Letter, LetterError, notRedrivable, type WholeLetter } from './letter.js';
import { type LetterQuery, LetterTable } from './letter-table.js';
import { oneAtATime } from './one-at-a-time.js';
import type { Pass } from './points.js';

/** What {@link DeadLetters} needs. */
export interface DeadLettersOptions {
  readonly pool: Pool;
  readonly client: Pick<DeadLetterClient, 'isConnected' | 'redrive'>;
  readonly log: { error(fields: object, message: string): void; info(fields: object, message: string): void };
  readonly pass: Pass;
}

/** What could not be executed: recorded once, shown, and sent again or discarded when a person wants that. */
export class DeadLetters {
  readonly #options: DeadLettersOptions;
  readonly #table: LetterTable;

  constructor(options: DeadLettersOptions) {
    this.#options = options;
    this.#table = new LetterTable(options.pool);
  }

  /** Records what is not recorded yet, and tells of it. */
  async record(letters: readonly ReceivedLetter[]): Promise<void> {
    const { log, pass } = this.#options;
    pass('before-commit');
    const recorded = new Set(await this.#table.record(letters));
    pass('after-commit');
    for (const { id, queue, reason, detail, type, sagaId } of letters.filter((letter) => recorded.has(letter.id))) {
      const fields = { id, queue, reason, detail: detail && redactBrokenJson(detail), type, sagaId };
      log.error(fields, `recorded a dead letter of ${queue}: ${reason}; pnpm dlq show ${id}`);
    }
  }

  /** One letter more than the limit, if there are more. */
  list(query: LetterQuery): Promise<Letter[]> {
    return this.#table.list({ ...query, limit: query.limit + 1 });
  }

  /** @throws LetterError LETTER_NOT_FOUND */
  find(id: string): Promise<WholeLetter> {
    return found(this.#table, id);
  }

  /**
   * Sends the command again, once: that it will be is written down first, and that it was when the broker has it. What a
   * crash leaves in between is REDRIVING, and done with when it is asked for again; the command may then be sent twice,
   * which participants make safe. The same wish again gives the same answer.
   *
   * @throws LetterError
   */
  async redrive(id: string, decision: DeadLetterDecision): Promise<Letter> {
    const before = await this.find(id);
    const done = this.#answered(before, 'REDRIVEN', decision);
    if (done) return done;
    const why = notRedrivable(before);
    if (why !== undefined)
      throw new LetterError('NOT_REDRIVABLE', `letter ${id} cannot be sent again: ${why}; discard it`);
    if (!this.#options.client.isConnected()) throw away(id, 'nothing was sent; try again when it is back');
    return oneAtATime(this.#options.pool, id, (table) => this.#redrive(table, before, decision));
  }

  /** It will not be sent again; the letter and the reason are kept. The same wish again gives the same answer. @throws LetterError */
  async discard(id: string, decision: DeadLetterDecision): Promise<Letter> {
    const discarded = await this.#table.discard(id, decision);
    if (discarded) return this.#told(discarded);
    const letter = await this.find(id);
    const done = this.#answered(letter, 'DISCARDED', decision);
    if (done) return done;
    const message = `whether letter ${id} was sent again is not known: redrive it once more to finish that`;
    throw new LetterError('REDRIVE_UNFINISHED', message);
  }

  async #redrive(
    table: LetterTable,
    { id, type, content }: WholeLetter,
    decision: DeadLetterDecision,
  ): Promise<Letter> {
    const { client, pass } = this.#options;
    if ((await table.intend(id, decision)) === undefined) {
      const done = this.#answered(await found(table, id), 'REDRIVEN', decision);
      if (done) return done;
    }
    pass('redrive-committed');
    const problem = await client.redrive({ id, type: type ?? '', content });
    if (problem === 'CONNECTION_LOST')
      throw away(id, 'whether it was sent is not known: redrive it once more to finish that');
    if (problem !== undefined) {
      await table.reopen(id);
      if (problem === 'NOT_ACCEPTED') throw away(id, 'it refused the command; try again later');
      const message = `no queue takes ${type}: letter ${id} stays open; discard it, or deploy who executes ${type} first`;
      throw new LetterError('UNROUTABLE', message);
    }
    pass('redrive-confirmed');
    const redriven = await table.redriven(id);
    pass('redriven');
    return this.#told(redriven ?? (await found(table, id)));
  }

  /** The letter, if it has ended just as is wanted. @throws LetterError if it has ended otherwise */
  #answered(letter: WholeLetter, wanted: 'REDRIVEN' | 'DISCARDED', decision: DeadLetterDecision): Letter | undefined {
    const otherwise = endedOtherwise(letter, wanted, decision);
    if (otherwise) throw otherwise;
    const { content: _, ...told } = letter;
    return hasEnded(letter) ? told : undefined;
  }

  #told(letter: Letter): Letter {
    const { id, queue, type, sagaId, status, decision } = letter;
    const fields = { id, queue, type, sagaId, by: decision?.by, reason: decision?.reason };
    this.#options.log.info(fields, `dead letter ${id} is ${status}`);
    return letter;
  }
}

async function found(table: LetterTable, id: string): Promise<WholeLetter> {
  const letter = await table.find(id);
  if (letter === undefined) throw new LetterError('LETTER_NOT_FOUND', `there is no letter ${id}`);
  return letter;
}

const away = (id: string, what: string) =>
  new LetterError('BROKER_UNAVAILABLE', `letter ${id}: the message broker cannot be used now; ${what}`);
