#!/usr/bin/env node
import { audit } from './audit.js';
import { readAcknowledged } from './cli/acknowledged.js';
import { type Arguments, parseArguments, USAGE, UsageError } from './cli/arguments.js';
import { print } from './cli/print.js';
import { readEnv } from './env.js';
import { CannotCheck } from './problem.js';

const EXIT_CODES = { clean: 0, broken: 1, unknown: 2 } as const;

async function main(args: Arguments): Promise<number> {
  const { live, graceMs, told, acknowledged } = args;
  const { databaseUrls, broker } = readEnv();
  const report = await audit({
    databaseUrls,
    broker,
    moment: live ? 'any' : 'rest',
    ...(graceMs !== undefined && { graceMs }),
    ...(told !== undefined && { told }),
    ...(acknowledged !== undefined && { acknowledged: readAcknowledged(acknowledged) }),
  });
  console.log(args.json ? JSON.stringify(report, null, 2) : print(report));
  return EXIT_CODES[report.result];
}

/** What could not be checked at all, for people on standard error, for programs as the report would be. */
function refuse({ message, cure }: CannotCheck, json: boolean): number {
  if (json) console.log(JSON.stringify({ result: 'unknown', problem: { message, cure } }, null, 2));
  else console.error(`\n${message}\n  What to do: ${cure}\n`);
  return EXIT_CODES.unknown;
}

/** What nobody foresaw says nothing about the shop either. */
function crashed(error: unknown): number {
  console.error(error);
  return EXIT_CODES.unknown;
}

async function run(words: readonly string[]): Promise<number> {
  let args: Arguments;
  try {
    args = parseArguments(words);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`\n${error.message}\n\n${USAGE}\n`);
    return EXIT_CODES.unknown;
  }
  if (args.help) {
    console.log(USAGE);
    return EXIT_CODES.clean;
  }
  return main(args).catch((error: unknown) => {
    if (error instanceof CannotCheck) return refuse(error, args.json);
    throw error;
  });
}

process.exitCode = await run(process.argv.slice(2)).catch(crashed);
