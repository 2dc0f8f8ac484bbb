import type { FaultKind, FaultOf } from '../fault.js';
import type { World } from '../world.js';

/** Undoes a fault that lasts; resolves when what was hit serves again, as far as that is in its hand. */
export type Lift = () => Promise<void>;

/** Brings a fault about; resolves when it is there. */
export type Injector<K extends FaultKind> = (world: World, fault: FaultOf<K>) => Promise<Lift>;

/** Of what happens in an instant. */
export const nothingToLift: Lift = async () => {};
