import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import { type DynamicModule, Inject, Injectable, Module } from '@nestjs/common';
import { DiscoveryModule, DiscoveryService, MetadataScanner } from '@nestjs/core';
import type { ReplyItem } from '@saga-checkout/shared-types';
import type { BrokerUrl } from '../broker-url.js';
import { CommandConsumer, type CommandHandler } from '../command-consumer.js';
import type { Faults } from '../faults.js';
import type { Log } from '../log.js';
import { type QueueRef, topologyOf } from '../topology.js';
import { BrokerLink } from './broker-link.js';
import { entriesOf } from './entries.js';
import { nestLog } from './nest-log.js';

/** How a participant takes part. */
export interface ParticipantOptions {
  readonly url: BrokerUrl;
  /** The participant's queue; its commands come from the contracts unless they are given. */
  readonly queue: QueueRef;
  readonly serviceName: string;
  /** Nest's logger if absent. */
  readonly log?: Log;
  readonly faults?: Faults | undefined;
}

const OPTIONS = Symbol('participant messaging options');

/** A participant's way to and from the broker. Inject it; it starts and stops with the application. */
@Injectable()
export class ParticipantMessaging implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #log: Log;
  readonly #link: BrokerLink;
  readonly #queue: string;
  readonly #faults: Faults | undefined;
  readonly #discovery: DiscoveryService;
  readonly #scanner: MetadataScanner;

  constructor(
    @Inject(OPTIONS) options: ParticipantOptions,
    @Inject(DiscoveryService) discovery: DiscoveryService,
    @Inject(MetadataScanner) scanner: MetadataScanner,
  ) {
    const topology = topologyOf(options.queue);
    this.#queue = topology.queue;
    this.#log = options.log ?? nestLog('messaging');
    this.#faults = options.faults;
    const { url, serviceName: connectionName, faults } = options;
    this.#link = new BrokerLink({ url, topology, connectionName, log: this.#log, faults });
    this.#discovery = discovery;
    this.#scanner = scanner;
  }

  /** A consumer of the participant's queue, for the controller's {@link CommandsFrom} method to hand messages to. */
  consumer(handlers: readonly CommandHandler[]): CommandConsumer {
    return new CommandConsumer({
      queue: this.#queue,
      handlers,
      deadLetter: (letter) => this.#link.deadLetter(letter),
      reply: (to: string, correlationId: string, items: readonly ReplyItem[], command: string) =>
        this.#link.reply(to, correlationId, items, command),
      log: this.#log,
      faults: this.#faults,
    });
  }

  /** Whether messages are being consumed. */
  isConnected(): boolean {
    return this.#link.isConnected();
  }

  /** For readiness: rejects with the reason while nothing can be consumed. */
  async check(): Promise<void> {
    this.#link.check();
  }

  /** Begins to connect, and does not wait for the broker: a service starts whether or not it is up. */
  onApplicationBootstrap(): void {
    const entry = entriesOf(this.#discovery, this.#scanner, this.#queue);
    this.#link.start(entry);
  }

  /** Stops taking messages, finishes those that were taken, answers and acknowledges them, and disconnects. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.#link.stop();
  }
}

@Module({})
class ParticipantMessagingModule {}

/** The module that connects a participant's application to its queue and exports {@link ParticipantMessaging}. */
export function participantMessaging(options: ParticipantOptions): DynamicModule {
  return {
    module: ParticipantMessagingModule,
    global: true,
    imports: [DiscoveryModule],
    providers: [{ provide: OPTIONS, useValue: options }, ParticipantMessaging],
    exports: [ParticipantMessaging],
  };
}
