import { SagaError } from './errors.js';

/** The error of a journal that the engine did not write so. */
export function corrupt(what: string): SagaError {
  return new SagaError('JOURNAL_CORRUPT', `the journal of this saga cannot be read: ${what}`);
}
