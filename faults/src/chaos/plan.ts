import { durationOf, type Fault, type FaultKind, type Links } from './fault.js';
import { Random } from './random.js';
import { BACKENDS, LINKS, linksFrom, linksTo, PARTICIPANTS, PROCESSES } from './town.js';

/** A fault, and when it begins, in ms after the beginning. */
export interface Planned {
  readonly atMs: number;
  readonly fault: Fault;
}

/** Customers come for so long before the first fault, in ms. */
const CALM_MS = 1_500;
/** From the beginning of one fault to that of the next, in ms; and how often two begin at once. */
const [LEAST_GAP_MS, MOST_GAP_MS, BOTH_AT_ONCE] = [1_500, 4_500, 0.25];

/** Every kind, and those that are likelier in real life more than once. */
const DECK: readonly FaultKind[] = [
  ...['kill', 'kill', 'kill', 'kill', 'terminate', 'pause', 'pause', 'slow consumer'],
  ...['broker killed', 'broker restarted', 'broker paused', 'memory alarm', 'queue deleted'],
  ...['postgres killed', 'postgres restarted', 'postgres paused'],
  ...['backends terminated', 'database closed', 'connections exhausted'],
  ...['network cut', 'network cut', 'network blackhole', 'network blackhole'],
  ...['network late', 'network narrow', 'network reset'],
] as FaultKind[];

/** How long a server is away at least until it serves again, which is not in its fault's own time; in ms. */
const STARTS_AGAIN_MS: Partial<Record<FaultKind, number>> = {
  'broker killed': 8_000,
  'broker restarted': 10_000,
  'postgres killed': 1_500,
  'postgres restarted': 1_500,
};

/**
 * A RabbitMQ 3.10 that is ended soon after a quorum queue was deleted and declared anew may not find that queue again
 * ("quorum queue could not be restarted {error,enoent}"), until a person deletes it: queues are deleted late in a run, and the
 * broker is not ended after that.
 */
const [ENDS_BROKER, DELETES_FROM] = [['broker killed', 'broker restarted'] as readonly FaultKind[], 0.6];

/**
 * What happens in a run, and when: the same for the same seed and length. Kinds are dealt from a shuffled deck, so that a
 * run of two minutes has each of them. All is over `seconds` after the beginning, but for what servers take to start.
 */
export function planOf(seed: number, seconds: number): Planned[] {
  const random = new Random(seed);
  const endMs = seconds * 1_000;
  const plan: Planned[] = [];
  const busyUntil = new Map<string, number>();
  let deck: FaultKind[] = [];
  let wasDeleted = false;
  /** Whether it could be played; what is away already, or would not be back in time, is left alone. */
  const play = (kind: FaultKind, atMs: number): boolean => {
    const fault = faultOf(kind, random);
    const isTooLate = (wasDeleted && ENDS_BROKER.includes(kind)) || atMs + durationOf(fault) > endMs;
    const isTooEarly = kind === 'queue deleted' && atMs < DELETES_FROM * endMs;
    if (isTooLate || isTooEarly || (busyUntil.get(targetOf(fault)) ?? 0) > atMs) return false;
    busyUntil.set(targetOf(fault), atMs + durationOf(fault) + (STARTS_AGAIN_MS[kind] ?? 0));
    wasDeleted ||= kind === 'queue deleted';
    plan.push({ atMs, fault });
    return true;
  };
  /** Plays the first card that can be; the others go below. */
  const deal = (atMs: number): void => {
    if (deck.length === 0) deck = random.shuffled(DECK);
    for (let left = deck.length; left > 0; left--) {
      const kind = deck.pop() as FaultKind;
      if (play(kind, atMs)) return;
      deck.unshift(kind);
    }
  };
  for (let atMs = CALM_MS; atMs < endMs; atMs += random.between(LEAST_GAP_MS, MOST_GAP_MS)) {
    deal(atMs);
    if (random.next() < BOTH_AT_ONCE) deal(atMs);
  }
  return plan;
}

/** What cannot have two faults at a time: a server, or a process. */
export function targetOf(fault: Fault): string {
  if ('process' in fault) return fault.process;
  if ('links' in fault) return fault.links.which;
  if (fault.kind.startsWith('broker') || fault.kind === 'memory alarm' || fault.kind === 'queue deleted')
    return 'broker';
  return 'postgres';
}

function faultOf(kind: FaultKind, random: Random): Fault {
  const forMs = (least: number, most: number) => random.between(least, most);
  switch (kind) {
    case 'kill':
    case 'terminate':
      return { kind, process: random.oneOf(PROCESSES) };
    case 'pause':
      return { kind, process: random.oneOf(PROCESSES), forMs: forMs(500, 6_000) };
    case 'slow consumer':
      return { kind, process: random.oneOf(PARTICIPANTS), forMs: forMs(3_000, 8_000) };
    case 'broker killed':
    case 'postgres killed':
      return { kind, forMs: forMs(0, 3_000) };
    case 'broker restarted':
    case 'postgres restarted':
      return { kind };
    case 'broker paused':
    case 'postgres paused':
      return { kind, forMs: forMs(500, 5_000) };
    case 'memory alarm':
      return { kind, forMs: forMs(1_000, 6_000) };
    case 'queue deleted':
      return { kind, queue: random.oneOf(['order_commands', 'inventory_commands', 'payment_commands']) };
    case 'backends terminated':
      return { kind, share: random.between(2, 10) / 10 };
    case 'database closed':
      return {
        kind,
        database: random.oneOf(['orders', 'inventory', 'payments', 'orchestrator']),
        forMs: forMs(1_000, 6_000),
      };
    case 'connections exhausted':
      return { kind, forMs: forMs(1_000, 4_000) };
    case 'network cut':
      return { kind, links: linksOf(random), forMs: forMs(300, 5_000) };
    case 'network blackhole':
      return {
        kind,
        links: linksOf(random),
        forMs: blackholeMs(random),
        after: random.oneOf(['goes on', 'reset', 'forgotten']),
      };
    case 'network late':
      return { kind, links: linksOf(random), forMs: forMs(2_000, 8_000), ...lateness(random) };
    case 'network narrow':
      return {
        kind,
        links: linksOf(random),
        forMs: forMs(2_000, 8_000),
        bytesPerSecond: random.between(4, 40) * 1_000,
      };
    case 'network reset':
      return { kind, links: linksOf(random) };
  }
}

/** Every third outlasts what heartbeats notice. In ms. */
const blackholeMs = (random: Random) =>
  random.next() < 1 / 3 ? random.between(11_000, 16_000) : random.between(500, 6_000);

const lateness = (random: Random) => ({ delayMs: random.between(20, 400), jitterMs: random.between(0, 300) });

/** One link, all of a process, or all to a server. */
function linksOf(random: Random): Links {
  const reach = random.next();
  if (reach < 0.5) {
    const name = random.oneOf(LINKS);
    return { which: name, names: [name] };
  }
  if (reach < 0.8) {
    const from = random.oneOf([...BACKENDS, 'api-gateway', 'api-gateway-2']);
    return { which: `${from}>all`, names: linksFrom(from) };
  }
  const to = random.oneOf(['broker', 'postgres', 'orchestrator', 'orchestrator-2']);
  return { which: `all>${to}`, names: linksTo(to) };
}
