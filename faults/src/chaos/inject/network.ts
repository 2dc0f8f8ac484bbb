import { type Condition, OPEN } from '../../net/link.js';
import type { FaultOf } from '../fault.js';
import { type Injector, nothingToLift } from './injector.js';

type Lasting = 'network cut' | 'network blackhole' | 'network late' | 'network narrow';

export const disturbed: Injector<Lasting> = async ({ network }, fault) => {
  const { names } = fault.links;
  await network.set(names, conditionOf(fault));
  return async () => {
    if (fault.kind === 'network blackhole' && fault.after === 'reset') await network.reset(names);
    if (fault.kind === 'network blackhole' && fault.after === 'forgotten') await network.forget(names);
    await network.set(names, OPEN);
  };
};

export const reset: Injector<'network reset'> = async ({ network }, { links }) => {
  await network.reset(links.names);
  return nothingToLift;
};

function conditionOf(fault: FaultOf<Lasting>): Condition {
  switch (fault.kind) {
    case 'network cut':
      return { is: 'cut' };
    case 'network blackhole':
      return { is: 'blackhole' };
    case 'network late':
      return { is: 'late', delayMs: fault.delayMs, jitterMs: fault.jitterMs };
    case 'network narrow':
      return { is: 'narrow', bytesPerSecond: fault.bytesPerSecond };
  }
}
