import { AssertionError } from 'node:assert';
import type { CommandContract, Outcome, OutgoingCommand, RefusalFor } from '../core/command.js';
import { check, type InputOf } from '../core/schema.js';
import type { Conversation } from './conversation.js';

/** A command that the saga has sent, and that the test answers. */
export class Expectation<C extends CommandContract, Replies = unknown> {
  readonly #conversation: Conversation<Replies>;
  readonly #command: C;
  readonly #sent: OutgoingCommand;

  constructor(conversation: Conversation<Replies>, command: C, sent: OutgoingCommand) {
    this.#conversation = conversation;
    this.#command = command;
    this.#sent = sent;
  }

  /** The participant has done it. @throws AssertionError if the data breaks the contract. */
  reply(data: InputOf<C['reply']>): Conversation<Replies> {
    const checked = check(this.#command.reply, data);
    const { name } = this.#command;
    if (!checked.ok)
      throw new AssertionError({ message: `the reply of ${name} breaks its contract: ${checked.problems}` });
    return this.#conversation.answer(this.#sent, { outcome: 'done', data }, `${name}: done`);
  }

  /** The participant says no, with one of the codes that the contract declares. */
  refuse(code: RefusalFor<C>, details?: unknown): Conversation<Replies> {
    const said = `${this.#command.name}: refused ${code}`;
    const outcome: Outcome = { outcome: 'refused', code, message: `refused by a test: ${code}` };
    return this.#conversation.answer(this.#sent, details === undefined ? outcome : { ...outcome, details }, said);
  }

  /** The attempt fails technically: the saga will send the command again, unless it was the last attempt. */
  fail(code = 'FAILED'): Conversation<Replies> {
    return this.#failed(this.#sent, code);
  }

  /** Fails as often as the saga sends it, until the saga gives it up: its outcome stays unknown. */
  failForGood(code = 'FAILED'): Conversation<Replies> {
    return this.#conversation.forGood(this.#sent, (sent) => this.#failed(sent, code));
  }

  /** The connection is lost: a failure that does not count against the step's attempts. */
  loseConnection(): Conversation<Replies> {
    const outcome: Outcome = {
      outcome: 'failed',
      code: 'CONNECTION_LOST',
      message: 'the connection is lost, says a test',
      transport: true,
    };
    return this.#conversation.answer(this.#sent, outcome, `${this.#command.name}: connection lost`);
  }

  /** No answer comes: time passes until the saga stops waiting for this attempt. */
  timeOut(): Conversation<Replies> {
    return this.#conversation.silence(this.#sent);
  }

  /** No answer comes, as often as the saga sends it, until the saga gives it up: its outcome stays unknown. */
  timeOutForGood(): Conversation<Replies> {
    return this.#conversation.forGood(this.#sent, (sent) => this.#conversation.silence(sent));
  }

  /** Somebody asks to cancel the saga while the command is under way. */
  cancel(reason?: string): this {
    this.#conversation.cancel(reason);
    return this;
  }

  /** Lets time pass before the answer. */
  wait(ms: number): this {
    this.#conversation.wait(ms);
    return this;
  }

  /** Leaves it unanswered, to look at the saga as it stands. */
  leave(): Conversation<Replies> {
    return this.#conversation;
  }

  /** The process that runs the saga dies before the answer, and another takes over: the command is sent again. */
  crash(): Conversation<Replies> {
    return this.#conversation.crash();
  }

  #failed(sent: OutgoingCommand, code: string): Conversation<Replies> {
    const outcome: Outcome = { outcome: 'failed', code, message: `failed by a test: ${code}` };
    return this.#conversation.answer(sent, outcome, `${this.#command.name}: failed ${code}`);
  }
}
