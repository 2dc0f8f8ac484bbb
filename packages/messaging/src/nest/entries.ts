import { RABBIT_HANDLER, type RabbitHandlerConfig } from '@golevelup/nestjs-rabbitmq';
import type { DiscoveryService, MetadataScanner } from '@nestjs/core';
import type { ConsumeMessage } from 'amqplib';

/** What a method marked with `CommandsFrom` is: it takes a message and resolves when it may be acknowledged. */
export type Entry = (message: ConsumeMessage) => Promise<void>;

/** The method that is marked with the queue. Throws unless there is exactly one, so that a typing error is seen at boot. */
export function entriesOf(discovery: DiscoveryService, scanner: MetadataScanner, queue: string): Entry {
  const entries: Entry[] = [];
  for (const { instance } of [...discovery.getControllers(), ...discovery.getProviders()]) {
    if (typeof instance !== 'object' || instance === null) continue;
    for (const name of scanner.getAllMethodNames(Object.getPrototypeOf(instance))) {
      const method: unknown = (instance as Record<string, unknown>)[name];
      if (typeof method !== 'function') continue;
      const config = Reflect.getMetadata(RABBIT_HANDLER, method) as RabbitHandlerConfig | undefined;
      if (config?.queue === queue) entries.push(method.bind(instance) as Entry);
    }
  }
  const [entry] = entries;
  if (entry && entries.length === 1) return entry;
  throw new Error(`expected one method marked with @CommandsFrom('${queue}') in a controller, found ${entries.length}`);
}
