import { type INestApplicationContext, Inject, Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { OutcomeOf } from '@saga-checkout/shared-types';
import type { ConsumeMessage } from 'amqplib';
import type { BrokerUrl } from '../broker-url.js';
import { type CommandConsumer, handler } from '../command-consumer.js';
import type { Faults } from '../faults.js';
import { CommandsFrom } from '../nest/commands-from.js';
import { ParticipantMessaging, participantMessaging } from '../nest/participant-messaging.js';
import type { TestBroker } from './broker.js';
import { type RecordingLog, recordingLog } from './recording-log.js';

type DoubleOutcome = OutcomeOf<TestBroker['double']>;

/** A participant as an application has it: a Nest application with one controller. */
export interface TestParticipant {
  readonly app: INestApplicationContext;
  readonly messaging: ParticipantMessaging;
  readonly log: RecordingLog;
  /** The payloads executed so far, in order. */
  readonly executed: number[];
}

/** Starts a participant that doubles; `execute` may stand in for its work. */
export async function startParticipant(
  broker: TestBroker,
  url: BrokerUrl,
  execute: (n: number) => Promise<DoubleOutcome> = doubled,
  faults?: Faults,
): Promise<TestParticipant> {
  const executed: number[] = [];
  const log = recordingLog();

  @Injectable()
  class DoubleController {
    readonly #consumer: CommandConsumer;
    constructor(@Inject(ParticipantMessaging) messaging: ParticipantMessaging) {
      this.#consumer = messaging.consumer([
        handler(broker.double, ({ n }) => {
          executed.push(n);
          return execute(n);
        }),
      ]);
    }

    @CommandsFrom(broker.queue)
    commands(message: ConsumeMessage): Promise<void> {
      return this.#consumer.receive(message);
    }
  }

  @Module({
    imports: [participantMessaging({ url, queue: broker.topology, serviceName: 'participant test', log, faults })],
    providers: [DoubleController],
  })
  class TestModule {}

  const app = await NestFactory.createApplicationContext(TestModule, { logger: false });
  return { app, messaging: app.get(ParticipantMessaging), log, executed };
}

/** Starts an application that has messaging, but no controller. */
export async function startWithoutController(broker: TestBroker, url: string): Promise<INestApplicationContext> {
  const options = { url, queue: broker.topology, serviceName: 'participant test', log: recordingLog() };
  @Module({ imports: [participantMessaging(options)] })
  class EmptyModule {}
  return NestFactory.createApplicationContext(EmptyModule, { logger: false, abortOnError: false });
}

export async function doubled(n: number): Promise<DoubleOutcome> {
  return { outcome: 'done', data: { doubled: 2 * n } };
}

/** Work that a test holds up: `release` lets the first execution of each payload end. */
export function heldWork(): { execute: (n: number) => Promise<DoubleOutcome>; release: () => void } {
  let release: () => void = () => {};
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  return { execute: (n) => gate.then(() => doubled(n)), release };
}
