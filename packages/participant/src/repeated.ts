import { createCounter, type createMetrics } from '@saga-checkout/service';

/** Called with each command whose work had been done before: it is answered from the record, and nothing is done again. */
export type CountRepeated = (command: string) => void;

/** Injection token of {@link CountRepeated}. */
export const COUNT_REPEATED = Symbol('count repeated');

/** For those who don't count. */
export const countNothing: CountRepeated = () => {};

/** Counts them in `commands_repeated_total`, by command. */
export const repeatedCounter = (registry: ReturnType<typeof createMetrics>['registry']): CountRepeated =>
  createCounter(registry, {
    name: 'commands_repeated_total',
    help: 'Commands whose work had been done before: answered from the record, and nothing was done again',
    label: 'command',
  });
