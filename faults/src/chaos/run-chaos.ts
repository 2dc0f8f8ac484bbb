import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Stack, startStack } from '@saga-checkout/local-stack';
import { readCatalog } from './customers/catalog.js';
import { Crowd } from './customers/crowd.js';
import { type Performed, perform } from './perform.js';
import { planOf } from './plan.js';
import { RepeatedCommands } from './repeated.js';
import { lastEnd, sentAgain, unaskedEnds, untilEnded, untilReady } from './settle.js';
import { isParticipant } from './town.js';
import { auditBooks, boughtTwice, readAgain } from './verify.js';
import { openWorld, type World } from './world.js';

export interface ChaosOptions {
  readonly seed: number;
  /** How long faults are injected. */
  readonly seconds: number;
  /** How many customers come in a second. */
  readonly perSecond: number;
  /** Hears what happens, as it happens. */
  readonly onLine?: (line: string) => void;
}

/** What a run has shown. Times in ms. */
export interface ChaosResult {
  readonly seed: number;
  readonly seconds: number;
  readonly perSecond: number;
  readonly performed: readonly Performed[];
  readonly customers: number;
  /** By how the checkout came out, how many customers. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** By question, status and code, how many answers. */
  readonly answers: Readonly<Record<string, number>>;
  /** Connections that broke because their gateway was away. */
  readonly broken: number;
  /** Who did not come in because too many were there already. */
  readonly turnedAway: number;
  readonly longestAnswerMs: number;
  /** From the end of all faults until every process was ready, and until the last saga had ended. */
  readonly readyMs: number;
  readonly endedMs: number;
  /** Commands that were sent again, as the journal says. */
  readonly sentAgain: number;
  /** Commands that came again to a participant and were answered from the record; at least so many. */
  readonly repeated: number;
  /** Empty: all is well. */
  readonly problems: readonly string[];
  /** Where logs lie; only of a run with problems. */
  readonly folder?: string;
}

/** How long customers go on asking after all faults are over, in ms. */
const CUSTOMERS_PATIENCE_MS = 90_000;
/** The first customers find everything in order; faults begin after the plan's own calm. */
const WARM_UP_MS = 500;

/** Runs the plan of a seed on a shop of its own, under load; then heals, waits and looks what has become of everything. */
export async function runChaos(options: ChaosOptions): Promise<ChaosResult> {
  const folder = mkdtempSync(join(tmpdir(), `saga-checkout-chaos-${options.seed}-`));
  const stack = await startStack({ profile: 'test' });
  let world: World | undefined;
  try {
    const beganAt = performance.now();
    const say = (line: string) =>
      options.onLine?.(`${((performance.now() - beganAt) / 1_000).toFixed(1).padStart(6)} s  ${line}`);
    world = await openWorld({ stack, logFolder: folder, onLine: say });
    const result = await play(world, options, say);
    if (result.problems.length > 0) return { ...result, folder: keep(folder, stack, result) };
    rmSync(folder, { recursive: true, force: true });
    return result;
  } catch (error) {
    options.onLine?.(`it could not be run to its end; logs: ${folder}`);
    throw error;
  } finally {
    await world?.close();
    await stack.down();
  }
}

async function play(world: World, options: ChaosOptions, say: (line: string) => void): Promise<ChaosResult> {
  const { seed, seconds, perSecond } = options;
  const { doors } = world;
  const catalog = await readCatalog(doors.urlOf(doors.names[0] as string));
  const repeated = new RepeatedCommands([...world.processes.values()].filter(({ name }) => isParticipant(name)));
  const crowd = new Crowd({ doors, seed, perSecond, catalog, silentUntilMs: seconds * 500 });
  try {
    return await disturb(world, options, crowd, repeated, say);
  } finally {
    await crowd.finish(0);
    await repeated.sum();
  }
}

async function disturb(
  world: World,
  { seed, seconds, perSecond }: ChaosOptions,
  crowd: Crowd,
  repeated: RepeatedCommands,
  say: (line: string) => void,
): Promise<ChaosResult> {
  const { doors } = world;
  await sleep(WARM_UP_MS);
  say(`${perSecond} customers a second; seed ${seed}, ${seconds} s`);
  const performed = await perform(world, planOf(seed, seconds), performance.now(), say);
  const healedAt = Date.now();
  say('all faults are over');
  const customersDone = crowd.finish(CUSTOMERS_PATIENCE_MS);
  const problems = performed.flatMap(({ problem }) => problem ?? []);
  problems.push(...(await untilReady(world)));
  const readyMs = Date.now() - healedAt;
  say(`all are ready after ${(readyMs / 1_000).toFixed(1)} s`);
  await customersDone;
  problems.push(...(await untilEnded(world)));
  const endedMs = Math.max(0, (await lastEnd(world)) - healedAt);
  say(`all sagas have ended after ${(endedMs / 1_000).toFixed(1)} s`);
  await readAgain(crowd, doors.names);
  const untold = crowd.outcomes.get('not told') ?? 0;
  if (untold > 0) problems.push(`${untold} customers never learnt how their checkout came out`);
  problems.push(...unaskedEnds(world), ...crowd.post.problems, ...(await boughtTwice(world)));
  problems.push(...(await auditBooks(world, crowd.told)));
  return {
    ...{ seed, seconds, perSecond, performed, customers: crowd.count, readyMs, endedMs, problems },
    outcomes: sorted(crowd.outcomes),
    answers: sorted(crowd.post.answers),
    broken: crowd.post.broken,
    turnedAway: crowd.turnedAway,
    longestAnswerMs: Math.round(crowd.post.longestMs),
    sentAgain: await sentAgain(world),
    repeated: await repeated.sum(),
  };
}

const sorted = (counts: ReadonlyMap<string, number>): Record<string, number> =>
  Object.fromEntries([...counts].sort(([one], [other]) => one.localeCompare(other)));

/** The logs of services are there already; the servers' own go with their stack, and are copied. */
function keep(folder: string, { rabbitmq, postgres }: Stack, result: ChaosResult): string {
  for (const { logFile } of [rabbitmq, postgres])
    if (logFile !== undefined) copyFileSync(logFile, join(folder, basename(logFile)));
  writeFileSync(join(folder, 'result.json'), JSON.stringify(result, null, 1));
  return folder;
}
