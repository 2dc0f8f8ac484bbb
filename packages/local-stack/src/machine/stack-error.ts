/** Something a person has to know and can cure: one line of cause, one line of cure. Printed without a stack trace. */
export class StackError extends Error {
  override readonly name = 'StackError';

  constructor(
    message: string,
    readonly cure: string,
  ) {
    super(message);
  }
}

/** The lines for a terminal. An error of ours is cause and cure; anything else keeps its stack, since it is a bug. */
export function describeError(error: unknown): string {
  if (error instanceof StackError) return `${error.message}\n  What to do: ${error.cure}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** The message alone, for errors of other people's code that become part of a sentence. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return messageOf(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}
