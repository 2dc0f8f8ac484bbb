import { describeError, StackError } from '../machine/stack-error.js';

export interface Check {
  readonly name: string;
  /** `warn`: it works, though not as one would wish. `fail`: it does not. */
  readonly status: 'ok' | 'warn' | 'fail';
  readonly detail: string;
  readonly cure?: string;
}

/** A check that throws has failed, with the cause and the cure that the error names. */
export async function guarded(name: string, check: () => Promise<Check>): Promise<Check> {
  try {
    return await check();
  } catch (error) {
    if (!(error instanceof StackError)) return { name, status: 'fail', detail: describeError(error) };
    return { name, status: 'fail', detail: error.message, cure: error.cure };
  }
}
