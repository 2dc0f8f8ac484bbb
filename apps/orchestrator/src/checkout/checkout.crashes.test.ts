import {
  type ExplorationError,
  type ExploredParticipants,
  type ExploreOptions,
  exploreCrashes,
  handler,
  type Scenario,
} from '@saga-checkout/saga/testing';
import { inventory, order } from '@saga-checkout/shared-types';
import { describe, expect, it, vi } from 'vitest';
import { cart, Shop } from '../testing/shop.js';
import { checkoutSaga } from './checkout.saga.js';

// Other work on the machine makes it slow at times.
vi.setConfig({ testTimeout: 600_000 });

type Options = Partial<ExploreOptions<ReturnType<typeof cart>>>;
const explore = (options: Options) =>
  exploreCrashes(checkoutSaga, { input: cart(), participants: () => new Shop(), ...options });

/** What goes wrong in a shop besides what the definition tells. */
const scenarios: Scenario[] = [
  { name: 'too little is left', participants: () => new Shop({ stock: 1 }) },
  { name: 'the price has changed', participants: () => new Shop({ price: '31.99' }) },
  { name: 'the card is declined', input: cart('tok_declined') },
  { name: 'the money is taken, and the service says that it failed', faults: [['payment.process', 'doneButFailed']] },
];

describe('a checkout, whatever crashes and whatever gets lost,', () => {
  it('is confirmed and paid, or nothing is left of it', async () => {
    const explored = await explore({ scenarios, maxPairs: 10_000 });
    console.log(explored.summary);
    expect(explored.boundaries).toBeGreaterThan(1_000);
    expect(explored.pairs).toBe(10_000);
    expect(explored.outcomes.COMPLETED).toBeGreaterThan(1_000);
  });
});

describe('a shop is found out', () => {
  const found = (participants: () => ExploredParticipants) =>
    explore({ participants, maxPairs: 0 }).then(
      () => 'nothing',
      ({ message }: ExplorationError) => message,
    );

  it('whose stock forgets a release that finds nothing to release', async () => {
    const forgetful = () => {
      const { handlers, invariants, inventory: stock } = new Shop();
      const forget = handler(inventory.release, ({ orderId }) => {
        if (stock.knows(orderId)) stock.release(orderId);
        return {};
      });
      return { handlers: { ...handlers, ...forget }, invariants };
    };
    expect(await found(forgetful)).toContain('reserveInventory was done after it had been taken back');
  });

  it('whose payment provider is asked under another key each time', async () => {
    const keyOf = (_: string, { command }: { command: { id: string } }) => command.id;
    expect(await found(() => new Shop({ keyOf }))).toMatch(/charged 5998, and the order is CANCELLED|charged twice/);
  });

  it('that confirms what it has cancelled', async () => {
    const confirming = () => {
      const { handlers, invariants, always } = new Shop();
      const cancel = handler(order.cancel, () => ({}));
      return { handlers: { ...handlers, ...cancel }, invariants, always };
    };
    expect(await found(confirming)).toMatch(/the order is left behind|and the order/);
  });
});
