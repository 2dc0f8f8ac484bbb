import { type Faults, senderPoints } from '@saga-checkout/messaging/client';
import { crashPointsOf } from '@saga-checkout/saga';
import { createFaults } from '@saga-checkout/service';
import { inventory, order, payment } from '@saga-checkout/shared-types';
import { checkoutSaga } from './checkout/checkout.saga.js';
import { letterPoints } from './dead-letters/points.js';
import type { Env } from './env.js';

/** What the environment wants to go wrong here, in tests: at the engine's boundaries, and with the commands that are sent. */
export function faultsOf(env: Env): Faults | undefined {
  const commands = [order, inventory, payment].flatMap((of) => Object.values(of).map(({ name }) => name));
  return createFaults({
    service: 'orchestrator',
    env,
    points: [...crashPointsOf(checkoutSaga), ...senderPoints(commands), ...letterPoints],
    messages: commands.map((command) => `command ${command}`),
  });
}
