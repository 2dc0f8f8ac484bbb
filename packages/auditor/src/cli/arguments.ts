import { parseArgs } from 'node:util';
import { messageOf } from '../problem.js';

/** What the command is asked for. */
export interface Arguments {
  readonly help: boolean;
  readonly live: boolean;
  readonly json: boolean;
  readonly graceMs?: number;
  readonly told?: number;
  /** A file of what customers were told. */
  readonly acknowledged?: string;
}

export const USAGE = `pnpm audit:invariants [options]

Checks I1 to I16 in the four databases and the queues, and changes nothing.

  --live                 while traffic runs: only what holds at every moment
  --grace <seconds>      how long to wait for what may be on its way: at rest, for sagas to end and queues to be
                         empty (30); with --live, for what looks wrong across databases to come right (5)
  --json                 the report as JSON
  --told <n>             how many offending rows of each invariant are shown (10)
  --acknowledged <file>  what customers were told, for I15: lines of {"orderId", "sagaId", "status"}

Addresses: ORDERS_DB_URL, INVENTORY_DB_URL, PAYMENTS_DB_URL, ORCHESTRATOR_DB_URL, RABBITMQ_URL, RABBITMQ_MANAGEMENT_URL.
Exit code: 0 all that was asked holds, 1 something is broken, 2 something could not be checked.`;

/** @throws UsageError */
export function parseArguments(args: readonly string[]): Arguments {
  const { grace, told, acknowledged, ...flags } = parsed(args);
  return {
    ...{ help: false, live: false, json: false, ...flags },
    ...(grace !== undefined && { graceMs: 1_000 * numberOf('--grace', grace) }),
    ...(told !== undefined && { told: numberOf('--told', told) }),
    ...(acknowledged !== undefined && { acknowledged }),
  };
}

export class UsageError extends Error {}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: args.filter((arg) => arg !== '--'), // pnpm hands on what separates its own options from ours
      options: {
        help: { type: 'boolean', short: 'h' },
        live: { type: 'boolean' },
        json: { type: 'boolean' },
        grace: { type: 'string' },
        told: { type: 'string' },
        acknowledged: { type: 'string' },
      },
    }).values;
  } catch (error) {
    throw new UsageError(messageOf(error));
  }
}

function numberOf(name: string, text: string): number {
  const number = Number(text);
  if (text.trim() === '' || !Number.isFinite(number) || number < 0)
    throw new UsageError(`${name} must be a number, not ${JSON.stringify(text)}`);
  return number;
}
