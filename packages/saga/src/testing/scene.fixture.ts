import { expect } from 'vitest';
import type { SagaDefinition } from '../core/definition.js';
import { fold } from '../core/evolve.js';
import type { LogEvent } from '../core/log.js';
import { MemoryStore } from '../runtime/memory-store.js';
import { Process, type ProcessOptions, TRIP } from './process.fixture.js';
import { tripInputOf } from './trip.fixture.js';
import { VirtualClock } from './virtual-clock.js';
import { World } from './world.fixture.js';

/** Processes on one memory store, in one world, in virtual time. */
export class Scene {
  readonly clock = new VirtualClock();
  readonly store = new MemoryStore(() => this.clock.now());
  readonly world = new World();

  start(options: ProcessOptions = {}): Process {
    return new Process(this.world, this.store, this.clock, options);
  }

  run({ runtime }: Process, id: string, definition: SagaDefinition = TRIP) {
    return this.clock.resolved(
      runtime.run(definition, { sagaId: id, businessKey: `trip-${id}`, input: tripInputOf(id) }),
    );
  }

  /** The saga's end, whoever runs it. */
  ended({ runtime }: Process, id: string) {
    return this.clock.resolved(runtime.ended(id, 1_000_000), 2_000_000);
  }

  async saga(id: string) {
    return (await this.store.find({ by: 'id', sagaId: id }))?.saga;
  }

  async count(id: string, event: LogEvent): Promise<number> {
    return (await this.store.logs(id)).filter((entry) => entry.event === event).length;
  }

  /** The saga's work is done once, or taken back; and its journal tells how. */
  async isSound(id: string): Promise<void> {
    const saga = await this.saga(id);
    expect(fold(await this.store.logs(id), id)).toEqual(saga);
    const all = ['bookFlight', 'bookHotel', 'chargeCard', 'issueTicket'];
    expect(this.world.standing(id)).toEqual(saga?.status === 'COMPLETED' ? all : []);
    expect(new Set(this.world.executed).size).toBe(this.world.executed.length);
  }
}
