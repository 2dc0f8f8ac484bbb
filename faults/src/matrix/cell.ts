import type { Faulty } from '../shop/fault-plans.js';
import type { Point } from './points.js';
import { scenarioOf } from './scenario.js';

/** What happens to the process at the boundary. */
export const ENDS = ['kill', 'stop'] as const;
type End = (typeof ENDS)[number];

/** What happens besides to the message that carries the checkout there. */
export const MESSAGES = ['nothing', 'duplicate', 'delay', 'lose'] as const;
type MessageFate = (typeof MESSAGES)[number];

/** One case: a process ends or stops at a boundary, while a message is spoilt. */
export interface Cell {
  readonly point: Point;
  readonly end: End;
  readonly fate: MessageFate;
}

/** Every case there is. */
export const cellsOf = (points: readonly Point[]): Cell[] =>
  points.flatMap((point) => ENDS.flatMap((end) => MESSAGES.map((fate) => ({ point, end, fate }))));

/**
 * Every point once, each with one of its eight cases: another one at each next number, so that eight samples with
 * consecutive numbers make up the whole.
 */
export const sampleOf = (points: readonly Point[], number: number): Cell[] =>
  points.map((point, index) => {
    const turn = index + number;
    return { point, end: ENDS[turn % 2]!, fate: MESSAGES[Math.floor(turn / 2) % 4]! };
  });

/** `kill inventory:after-commit:inventory.reserve, command lost`. */
export function titleOf(cell: Cell): string {
  const { point, end, fate } = cell;
  const { message } = scenarioOf(cell);
  return `${end} ${point.name}${fate === 'nothing' ? '' : `; ${FATES[fate]} ${message}`}`;
}

const FATES = { duplicate: 'duplicated:', delay: 'delayed:', lose: 'lost:' } as const;

/** Steps wait so long for an answer, in ms: short, so that a case takes no longer than it must. */
export const STEP_TIMEOUT_MS = 400;
/** A delayed message comes when its step has been given up, or sent again. In ms. */
export const DELAY_MS = STEP_TIMEOUT_MS + 250;

/** What the services' plans say, and what must have been done in the end. */
export interface CellPlan {
  readonly plans: Partial<Record<Faulty, string[]>>;
  /** The instruction at the point. */
  readonly ending: string;
  readonly instructions: readonly string[];
}

export function planOf(cell: Cell): CellPlan {
  const { point, end, fate } = cell;
  const { message, first } = scenarioOf(cell);
  const ending = `${end} ${point.name}`;
  const own = first === undefined ? [ending] : [first, ending];
  const spoilt = fate === 'nothing' ? [] : [`${fate === 'delay' ? `delay:${DELAY_MS}` : fate} ${message}`];
  const plans: Partial<Record<Faulty, string[]>> = { [point.service]: own };
  const sender = senderOf(message);
  plans[sender] = [...(plans[sender] ?? []), ...spoilt];
  return { plans, ending, instructions: [...own, ...spoilt] };
}

/** Who sends a message: the orchestrator its commands, a participant its answers. */
function senderOf(message: string): Faulty {
  if (message.startsWith('command ')) return 'orchestrator';
  const participant = message.slice('reply '.length).split('.')[0];
  return `${participant}-service` as Faulty;
}

/** Whether a sibling must be there that goes on meanwhile, or takes over. */
export const needsSibling = ({ point, end }: Cell): boolean =>
  point.name.endsWith('after-claim:overdue') || (end === 'stop' && !point.name.endsWith('after-claim:own'));
