import { constants, setPriority } from 'node:os';
import { PRICE, PRODUCTS, productId } from './catalog.js';
import { Connection } from './connection.js';

/** What customers met with who came at a fixed rate, whether or not the shop kept up. Latencies in ms. */
export interface ArrivalsResult {
  /** Per second: who came, who was served, who was refused with 503 and Retry-After. */
  readonly offered: number;
  readonly accepted: number;
  readonly refused: number;
  readonly acceptedP50: number;
  readonly acceptedP99: number;
  readonly refusedP50: number;
  readonly refusedP99: number;
  /** Of those who were refused in the first second, in which the crowd's connections are made; not in the other figures. */
  readonly onsetRefusedP99: number;
  /** Other answers and broken connections; and customers who were not sent because too many waited. */
  readonly other: number;
  /** By how much the load generator itself was late to send. */
  readonly lateP99: number;
  readonly unsent: number;
}

/** Nobody else comes while so many wait: the load is bounded, whatever the shop does. */
const MOST_WAITING = 4_000;
const TICK_MS = 2;
/** How long customers come before it is measured what they meet with; in ms. */
const ONSET_MS = 1_000;

// A process of its own: node arrivals.js URL PER_SECOND SECONDS [first]
const [url = '', rate = '100', seconds = '5', isFirst] = process.argv.slice(2);
// Rejected where we may not: whoever asks for it should know.
if (isFirst) setPriority(constants.priority.PRIORITY_HIGH);
const address = new URL(url);
const begun = performance.now();
const idle: Connection[] = [];
const late: number[] = [];
const accepted: number[] = [];
const refused: number[] = [];
const onsetRefused: number[] = [];
let [number, waiting, other, unsent] = [0, 0, 0, 0];

function cart(): string {
  const first = 1 + Math.floor(Math.random() * (PRODUCTS - 1));
  const items = [productId(first), productId(first + 1)].map((id) => ({ productId: id, quantity: 1, price: PRICE }));
  return JSON.stringify({ userId: `arrival-${process.pid}-${++number}`, items, payment: { method: 'tok_visa' } });
}

/** One customer. The time counts from the moment in which they were due, also if this process was late to send them. */
function arrive(dueAt: number): void {
  waiting += 1;
  late.push(performance.now() - dueAt);
  const connection = idle.pop() ?? new Connection(address, () => idle.push(connection));
  connection.post(cart(), (status, retryAfter) => {
    waiting -= 1;
    const tookMs = performance.now() - dueAt;
    const isOnset = dueAt < begun + ONSET_MS;
    if (status === 201 && !isOnset) accepted.push(tookMs);
    else if (status === 503 && retryAfter) (isOnset ? onsetRefused : refused).push(tookMs);
    else if (status !== 201) other += 1;
  });
}

const percentile = (figures: readonly number[], share: number): number =>
  figures.toSorted((one, other) => one - other)[Math.floor(share * figures.length)] ?? Number.NaN;

const perSecond = (count: number) => count / Number(seconds);

function result(): ArrivalsResult {
  return {
    offered: Number(rate),
    accepted: perSecond(accepted.length),
    refused: perSecond(refused.length),
    acceptedP50: percentile(accepted, 0.5),
    acceptedP99: percentile(accepted, 0.99),
    refusedP50: percentile(refused, 0.5),
    refusedP99: percentile(refused, 0.99),
    onsetRefusedP99: percentile(onsetRefused, 0.99),
    other,
    lateP99: percentile(late, 0.99),
    unsent,
  };
}

const gap = 1_000 / Number(rate);
const total = Math.round((Number(rate) * (ONSET_MS + Number(seconds) * 1_000)) / 1_000);
let due = 0;
const clock = setInterval(() => {
  for (; due < total && begun + due * gap <= performance.now(); due++) {
    if (waiting < MOST_WAITING) arrive(begun + due * gap);
    else unsent += 1;
  }
  if (due < total || waiting > 0) return;
  clearInterval(clock);
  for (const connection of idle) connection.close();
  console.log(JSON.stringify(result()));
}, TICK_MS);
