import type { SagaDefinition } from '../core/definition.js';
import { SagaError } from '../core/errors.js';
import type { LogEntry } from '../core/log.js';
import { hasEnded, type SagaState } from '../core/saga.js';
import { MemoryStore } from '../runtime/memory-store.js';
import { Process } from '../testing/process.fixture.js';
import { VirtualClock } from '../testing/virtual-clock.js';
import type { Fault } from '../testing/world.fixture.js';
import { agreed, INPUT } from './agreement.fixture.js';
import { definitionOf } from './definition.fixture.js';
import { insist, type Model } from './model.fixture.js';
import { Participants } from './participants.fixture.js';
import { indexOf, type Plan, undoOf } from './plan.fixture.js';
import { type Crash, type Loss, OWNERS, SAGAS, TROUBLED_MS, type Trouble, type Wish } from './trouble.fixture.js';

/** Long enough for any saga of the generators to end, once nothing goes wrong any more. */
const ENOUGH_MS = 400_000;

/** How a saga went: its journal, and what the model learned from it. */
interface Story {
  readonly model: Model;
  readonly logs: readonly LogEntry[];
}

/** Two processes that run sagas of one plan over one store, with everything that can go wrong; in virtual time. */
export class Town {
  readonly clock = new VirtualClock();
  readonly store = new MemoryStore(() => this.clock.now());
  readonly participants: Participants;
  readonly #plan: Plan;
  readonly #trouble: Trouble;
  readonly #definition: SagaDefinition;
  readonly #processes = new Map<string, Process>();
  readonly #unknown: unknown[] = [];
  #isCalm = false;
  #sent = 0;

  constructor(plan: Plan, trouble: Trouble) {
    this.#plan = plan;
    this.#trouble = trouble;
    this.participants = new Participants(plan, this.clock, () => this.#fault());
    for (const index of trouble.refusing) this.participants.refusing.add(index);
    for (const index of trouble.stubborn) this.participants.stubborn.add(index);
    this.#definition = definitionOf(plan, this.participants);
    for (const owner of OWNERS)
      this.#start(
        owner,
        trouble.crashes.filter((crash) => crash.owner === owner),
      );
  }

  /** Things go wrong for a while; then nothing does, and every saga must come to its end. */
  async live(): Promise<void> {
    for (const sagaId of SAGAS) this.#begin(sagaId);
    for (const { atMs, sagaId, wish } of this.#trouble.wishes) this.clock.after(atMs, () => this.#wish(sagaId, wish));
    for (const loss of this.#trouble.losses) this.clock.after(loss.atMs, () => this.#lose(loss));
    await this.clock.advance(TROUBLED_MS);
    this.#isCalm = true;
    this.participants.stubborn.clear();
    for (let waited = 0; !(await this.#haveEnded()); waited += 1_000) {
      insist(waited < ENOUGH_MS, `not all sagas have ended: ${await this.#whatIsLeft()}`);
      for (const sagaId of SAGAS) await this.#help(sagaId);
      await this.clock.advance(1_000);
    }
    insist(this.#unknown.length === 0, `it threw: ${this.#unknown.map(String).join(', ')}`);
  }

  /** Checks that the model, the participants and the journal agree. */
  async areSound(): Promise<readonly Story[]> {
    const stories: Story[] = [];
    for (const sagaId of SAGAS) {
      const saga = await this.#find(sagaId);
      insist(saga !== undefined, `${sagaId} is gone`);
      const logs = await this.store.logs(sagaId);
      stories.push({ model: agreed(this.#plan, saga, logs, this.participants), logs });
    }
    return stories;
  }

  #start(owner: string, crashes: readonly Crash[]): void {
    const [crash, ...later] = crashes;
    let boundaries = 0;
    const process = new Process(this.participants, this.store, this.clock, {
      definitions: [this.#definition],
      owner,
      fault: () => this.#fault(),
      crashPoint: () => {
        if (crash === undefined || this.#isCalm || boundaries++ !== crash.boundary) return;
        process.kill();
        this.clock.after(crash.downMs, () => this.#start(owner, later));
      },
    });
    this.#processes.set(owner, process);
  }

  #fault(): Fault {
    return this.#isCalm ? 'none' : (this.#trouble.faults[this.#sent++] ?? 'none');
  }

  #lose({ owner, what, forMs }: Loss): void {
    const connection = this.#processes.get(owner)?.connection;
    if (connection === undefined) return;
    connection[what] = true;
    this.clock.after(forMs, () => {
      connection[what] = false;
    });
  }

  /** A process that lives, if there is one: one saga asks the one first, the other the other. */
  #anybody(sagaId: string): Process | undefined {
    const all = [...this.#processes.values()];
    const live = (sagaId === SAGAS[0] ? all : all.reverse()).filter(({ connection }) => !connection.dead);
    return live[0];
  }

  /** Asks without waiting: whoever dies meanwhile does not answer. What cannot be done is refused, which is fine. */
  #ask(sagaId: string, ask: (process: Process) => Promise<unknown>): void {
    const process = this.#anybody(sagaId);
    if (process === undefined) return;
    ask(process).catch((error: unknown) => {
      if (!(error instanceof SagaError)) this.#unknown.push(error);
    });
  }

  #begin(sagaId: string): void {
    const { startsInMs } = this.#plan;
    const start = startsInMs === undefined ? {} : { startsAt: this.clock.now() + startsInMs };
    const request = { sagaId, businessKey: sagaId, input: INPUT, ...start };
    this.#ask(sagaId, ({ runtime }) => runtime.run(this.#definition, request));
  }

  #wish(sagaId: string, wish: Wish['wish']): void {
    this.#ask(sagaId, ({ runtime }) =>
      wish.kind === 'event' ? runtime.signal(sagaId, wish.event, { n: 1 }) : runtime.control(sagaId, wish),
    );
  }

  async #find(sagaId: string): Promise<SagaState | undefined> {
    return (await this.store.find({ by: 'id', sagaId }))?.saga;
  }

  async #haveEnded(): Promise<boolean> {
    const sagas = await Promise.all(SAGAS.map((sagaId) => this.#find(sagaId)));
    return sagas.every((saga) => saga !== undefined && hasEnded(saga));
  }

  /** Begins the saga if that was lost; and does what only people, and events, can do. */
  async #help(sagaId: string): Promise<void> {
    const saga = await this.#find(sagaId);
    if (saga === undefined) return this.#begin(sagaId);
    if (saga.status === 'PAUSED') return this.#wish(sagaId, { kind: 'resume' });
    for (const [name, step] of Object.entries(saga.steps)) {
      const undo = undoOf(this.#plan.steps[indexOf(name)]);
      if (step.status === 'COMPENSATION_FAILED')
        this.#wish(sagaId, undo?.throws ? { kind: 'skip', step: name, reason: 'by hand' } : { kind: 'retry' });
      if (step.status === 'RUNNING' && 'events' in step.waiting && step.waiting.dueAt === null)
        this.#wish(sagaId, { kind: 'event', event: step.waiting.events[0] ?? '' });
    }
  }

  async #whatIsLeft(): Promise<string> {
    return JSON.stringify(await Promise.all(SAGAS.map((sagaId) => this.#find(sagaId))));
  }
}
