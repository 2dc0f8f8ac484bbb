import { type Outcome, type order, type PayloadOf, toMoneyText, totalMinor } from '@saga-checkout/shared-types';

/** One line of an order: what, how many, and the price of one unit. */
export interface OrderLine {
  readonly productId: string;
  readonly quantity: number;
  readonly price: string;
}

/** What was ordered, by whom, in which currency. */
export interface OrderContent {
  readonly userId: string;
  readonly currency: string;
  readonly lines: readonly OrderLine[];
}

interface Identity {
  readonly id: string;
  /** Version of the row as it was read; 0 when there is no row yet. */
  readonly version: number;
  /** Absent on a tombstone, and on an order read for a command that does not look at it. */
  readonly content?: OrderContent;
}

/** An order, as far as deciding needs it. */
export type Order = Identity &
  (
    | { readonly status: 'PENDING' | 'AWAITING_PAYMENT' }
    | { readonly status: 'CONFIRMED'; readonly paymentId: string; readonly confirmedAt: Date }
    | { readonly status: 'CANCELLED'; readonly cancelReason: string }
  );

/** What can be asked of an order. */
export type OrderCommand =
  | { readonly name: 'create'; readonly payload: PayloadOf<typeof order.create> }
  | { readonly name: 'confirm'; readonly payload: PayloadOf<typeof order.confirm> }
  | { readonly name: 'cancel'; readonly payload: PayloadOf<typeof order.cancel> };

/** The answer to one command, and the order as it then is, if the command changed it. */
export interface Decision {
  readonly outcome: Outcome;
  readonly next?: Order;
}

/** The largest total that the column `total numeric(12,2)` holds, in minor units. */
const MAX_TOTAL_MINOR = 999_999_999_999n;

/** Decides one command on the order as it is; `undefined` when nothing is known of it. Pure. */
export function decide(current: Order | undefined, command: OrderCommand, now: Date): Decision {
  switch (command.name) {
    case 'create':
      return create(current, command.payload);
    case 'confirm':
      return confirm(current, command.payload, now);
    case 'cancel':
      return cancel(current, command.payload);
  }
}

/** The answers to the commands of a round, one each, and every order that has changed, once, as it is at the end. */
export interface RoundDecision {
  readonly outcomes: readonly Outcome[];
  readonly changed: readonly Order[];
  /** The commands whose work had been done before, so that they changed nothing. */
  readonly repeated: readonly OrderCommand[];
}

/** Decides the commands of a round in their order of arrival, so that each sees what those before it did. Pure. */
export function decideRound(
  orders: ReadonlyMap<string, Order>,
  commands: readonly OrderCommand[],
  now: Date,
): RoundDecision {
  const changed = new Map<string, Order>();
  const repeated: OrderCommand[] = [];
  const outcomes = commands.map((command) => {
    const { orderId } = command.payload;
    const current = changed.get(orderId) ?? orders.get(orderId);
    const { outcome, next } = decide(current, command, now);
    if (next) changed.set(orderId, next);
    else if (current) repeated.push(command);
    return outcome;
  });
  return { outcomes, changed: [...changed.values()], repeated };
}

function create(current: Order | undefined, payload: PayloadOf<typeof order.create>): Decision {
  const { orderId: id, userId, currency, items: lines } = payload;
  const content = { userId, currency, lines };
  const totalInMinor = totalMinor(lines);
  if (current?.status === 'CANCELLED') return refused('ORDER_CANCELLED', `order ${id} has been cancelled`);
  if (current && !sameContent(current, content))
    return refused('ORDER_CONFLICT', `order ${id} exists already, with another user, currency or lines`);
  // No column could hold it, and no retry will change that; the customer's interface refuses it much earlier.
  if (totalInMinor > MAX_TOTAL_MINOR)
    return failed('TOTAL_TOO_LARGE', `the total of order ${id} is above ${toMoneyText(MAX_TOTAL_MINOR)}`);
  const outcome = done({ orderId: id, total: toMoneyText(totalInMinor), currency });
  return current ? { outcome } : { outcome, next: { id, version: 0, status: 'PENDING', content } };
}

function confirm(
  current: Order | undefined,
  { orderId, paymentId }: PayloadOf<typeof order.confirm>,
  now: Date,
): Decision {
  const confirmed = (at: Date) => done({ orderId, confirmedAt: at.toISOString() });
  switch (current?.status) {
    case undefined:
      return refused('ORDER_NOT_FOUND', `there is no order ${orderId}`);
    case 'CANCELLED':
      return refused('ORDER_CANCELLED', `order ${orderId} has been cancelled`);
    case 'CONFIRMED':
      return current.paymentId === paymentId
        ? { outcome: confirmed(current.confirmedAt) }
        : refused('ORDER_CONFLICT', `order ${orderId} has been confirmed with another payment`);
    case 'PENDING':
    case 'AWAITING_PAYMENT': {
      const { id, version, content } = current;
      const next = { id, version, status: 'CONFIRMED' as const, paymentId, confirmedAt: now };
      return { outcome: confirmed(now), next: content ? { ...next, content } : next };
    }
  }
}

function cancel(current: Order | undefined, { orderId, reason }: PayloadOf<typeof order.cancel>): Decision {
  if (current?.status === 'CONFIRMED')
    return refused('ORDER_CONFIRMED', `order ${orderId} has been confirmed and can no longer be cancelled`);
  if (current?.status === 'CANCELLED') return { outcome: done({}) };
  const identity = current ?? { id: orderId, version: 0 };
  const next = { id: orderId, version: identity.version, status: 'CANCELLED' as const, cancelReason: reason };
  return { outcome: done({}), next: current?.content ? { ...next, content: current.content } : next };
}

/** Whether the order was placed with this content; the lines may stand in another order. */
function sameContent(current: Order, content: OrderContent): boolean {
  if (!current.content) throw new Error(`the content of order ${current.id} was not read, but is needed`);
  return canonical(current.content) === canonical(content);
}

function canonical({ userId, currency, lines }: OrderContent): string {
  const sorted = lines.map((line) => `${line.productId} ${line.quantity} ${line.price}`).sort();
  return [userId, currency, ...sorted].join('\n');
}

const done = (data: unknown): Outcome => ({ outcome: 'done', data });
const refused = (code: string, message: string): Decision => ({ outcome: { outcome: 'refused', code, message } });
const failed = (code: string, message: string): Decision => ({ outcome: { outcome: 'failed', code, message } });
