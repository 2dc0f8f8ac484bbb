import type { BrokerHandle, PostgresHandle } from '@saga-checkout/local-stack';
import type { World } from '../world.js';
import { type Injector, nothingToLift } from './injector.js';

/** Killed as by a crash; started again with its data when that is lifted. */
export const killed: Injector<'broker killed' | 'postgres killed'> = async (world, { kind }) => {
  const server = serverOf(world, kind);
  await server.kill();
  return () => server.start();
};

export const restarted: Injector<'broker restarted' | 'postgres restarted'> = async (world, { kind }) => {
  await serverOf(world, kind).restart();
  return nothingToLift;
};

export const paused: Injector<'broker paused' | 'postgres paused'> = async (world, { kind }) => {
  const server = serverOf(world, kind);
  await server.pause();
  return () => server.resume();
};

/** What it is by default. */
const USUAL_WATERMARK = '0.4';

export const memoryAlarm: Injector<'memory alarm'> = async ({ stack }) => {
  await stack.rabbitmq.control('set_vm_memory_high_watermark', '0');
  return async () => void (await stack.rabbitmq.control('set_vm_memory_high_watermark', USUAL_WATERMARK));
};

export const queueDeleted: Injector<'queue deleted'> = async ({ stack }, { queue }) => {
  await stack.rabbitmq.control('delete_queue', queue);
  return nothingToLift;
};

const serverOf = ({ stack }: World, kind: string): BrokerHandle | PostgresHandle =>
  kind.startsWith('broker') ? stack.rabbitmq : stack.postgres;
