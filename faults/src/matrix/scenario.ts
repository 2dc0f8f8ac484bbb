import type { Cart } from '../shop/buyer.js';

/** How a checkout comes to pass a boundary, and which message carries it there. */
export interface Scenario {
  readonly cart: Cart;
  /** `command <name>` or `reply <name>`. */
  readonly message: string;
  /** What has to happen first, in the same service: the boundary is one of whoever goes on after it. */
  readonly first?: string;
}

/** A step of a saga, forward (`do`) or back, as the journal names it. */
export interface StepOf {
  readonly step: string;
  readonly phase: 'do' | 'undo';
}

/** What a customer must buy so that a command is sent. */
const CARTS: Readonly<Record<string, Cart>> = {
  'order.create': 'plain',
  'inventory.reserve': 'plain',
  'payment.process': 'plain',
  'order.confirm': 'plain',
  'order.cancel': 'soldOut',
  'inventory.release': 'declined',
  'payment.refund': 'cancelled',
};

/** The commands of the checkout's steps. */
const COMMANDS: Readonly<Record<string, string>> = {
  createOrder: 'order.create',
  'createOrder:undo': 'order.cancel',
  reserveInventory: 'inventory.reserve',
  'reserveInventory:undo': 'inventory.release',
  processPayment: 'payment.process',
  'processPayment:undo': 'payment.refund',
  confirmOrder: 'order.confirm',
};

/** What the saga as a whole passes. */
const EVENTS: Readonly<Record<string, Scenario>> = {
  SAGA_STARTED: { cart: 'plain', message: 'command order.create' },
  SAGA_COMPLETED: { cart: 'plain', message: 'reply order.confirm' },
  SAGA_COMPENSATED: { cart: 'declined', message: 'reply order.cancel' },
  SAGA_CANCEL_REQUESTED: { cart: 'cancelled', message: 'command payment.process' },
  SAGA_PAUSED: { cart: 'paused', message: 'command payment.process' },
  SAGA_RESUMED: { cart: 'paused', message: 'command payment.process' },
  STEP_RETRIED: {
    cart: 'plain',
    message: 'reply inventory.reserve',
    first: 'lose command inventory.reserve',
  },
  COMPENSATION_RETRIED: {
    cart: 'declined',
    message: 'reply inventory.release',
    first: 'lose command inventory.release',
  },
};

/** What is passed only by whoever goes on with what another has left behind. */
const AFTERWARDS: Readonly<Record<string, string>> = {
  'after-claim': 'kill orchestrator:confirmed:payment.process',
  'before-lookup': 'kill payment:after-provider:payment.process',
  'after-lookup': 'kill payment:after-provider:payment.process',
};

/** What a refund commits before it asks the provider, if the charge is open, or has not come yet. */
const FENCES = ['payment:before-commit:payment.refund', 'payment:after-commit:payment.refund'];

/** From these boundaries on it is the answer that is on its way. */
const OF_ANSWERS = ['before-reply', 'after-reply', 'before-ack', 'after-ack', 'reply-received'];

/** What of a case decides how the boundary is passed. */
interface Passage {
  readonly point: { readonly name: string };
  readonly end: string;
  readonly fate: string;
}

/** @throws if nobody has said yet how the boundary is passed */
export function scenarioOf({ point: { name: point }, end, fate }: Passage): Scenario {
  // The charge is late: its refund overtakes it, and leaves a tombstone. A second orchestrator would send the charge again.
  if (FENCES.includes(point) && end === 'kill' && fate === 'delay')
    return { cart: 'cancelled', message: 'command payment.process' };
  const [, boundary = '', ...rest] = point.split(':');
  const what = rest.join(':');
  const event = EVENTS[what];
  if (event !== undefined) return event;
  const first = AFTERWARDS[boundary];
  if (first !== undefined) return { cart: 'plain', message: 'command payment.process', first };
  const command = COMMANDS[what] ?? what;
  const cart = FENCES.includes(point) ? 'abandoned' : CARTS[command];
  if (cart === undefined) throw new Error(`which checkout passes ${point}? Say so in scenario.ts`);
  return { cart, message: `${OF_ANSWERS.includes(boundary) ? 'reply' : 'command'} ${command}` };
}

/** Whose step a message is about: `reply order.cancel` → that createOrder is taken back. */
export function stepOf(message: string): StepOf {
  const command = message.split(' ')[1];
  const name = Object.keys(COMMANDS).find((each) => COMMANDS[each] === command);
  const [step, undo] = name?.split(':') ?? [];
  if (step === undefined) throw new Error(`which step sends ${command}? Say so in scenario.ts`);
  return { step, phase: undo === undefined ? 'do' : 'undo' };
}
