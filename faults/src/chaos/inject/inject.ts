import type { Fault, FaultKind } from '../fault.js';
import type { World } from '../world.js';
import { backendsTerminated, connectionsExhausted, databaseClosed } from './connections.js';
import type { Injector, Lift } from './injector.js';
import { disturbed, reset } from './network.js';
import { end, pause, slowConsumer } from './process.js';
import { killed, memoryAlarm, paused, queueDeleted, restarted } from './server.js';

const INJECTORS: { readonly [K in FaultKind]: Injector<K> } = {
  kill: end('SIGKILL'),
  terminate: end('SIGTERM'),
  pause,
  'slow consumer': slowConsumer,
  'broker killed': killed,
  'broker restarted': restarted,
  'broker paused': paused,
  'memory alarm': memoryAlarm,
  'queue deleted': queueDeleted,
  'postgres killed': killed,
  'postgres restarted': restarted,
  'postgres paused': paused,
  'backends terminated': backendsTerminated,
  'database closed': databaseClosed,
  'connections exhausted': connectionsExhausted,
  'network cut': disturbed,
  'network blackhole': disturbed,
  'network late': disturbed,
  'network narrow': disturbed,
  'network reset': reset,
};

/** Brings a fault about, and gives what lifts it. */
export const inject = (world: World, fault: Fault): Promise<Lift> =>
  (INJECTORS[fault.kind] as Injector<FaultKind>)(world, fault as never);
