import type { Outcome } from '../../core/command.js';
import type { SagaDefinition } from '../../core/definition.js';
import type { LogEntry } from '../../core/log.js';
import { hasEnded, type SagaState } from '../../core/saga.js';
import { Faults } from '../faults.js';
import type { Boundary, Delivery, Interference, Message } from '../simulation/interference.js';
import type { Executed } from '../simulation/network.js';
import type { Orchestrator } from '../simulation/orchestrator.js';
import { Simulation } from '../simulation/simulation.js';
import { type ActorsOptions, actorsOf, ask } from './actors.js';
import { Answers } from './answers.js';
import { Course } from './course.js';
import type { Action, Disturbance, Point } from './disturbance.js';
import { LATE_MS, Post } from './post.js';
import { LONGEST_STALL_MS, Processes } from './processes.js';
import type { Actors, ExploredParticipants, Scenario } from './scenario.js';
import { Story } from './story.js';

export interface RunOptions {
  readonly definition: SagaDefinition;
  readonly input: unknown;
  readonly participants: () => ExploredParticipants;
  readonly scenario: Scenario;
  readonly disturbances: readonly Disturbance[];
  readonly seed: number;
  /** In how much virtual time the saga must end, in ms. */
  readonly withinMs: number;
  /** Whether what happens is told. */
  readonly told?: boolean;
}

/** What a run came to. */
export interface RunReport {
  /** The saga at the end; undefined if the journal has none. */
  readonly saga: SagaState | undefined;
  readonly logs: readonly LogEntry[];
  /** Those after the last disturbance, in their order. */
  readonly points: readonly Point[];
  readonly executed: readonly Executed[];
  readonly participants: ExploredParticipants;
  /** What should not have happened, or should have. */
  readonly problems: readonly string[];
  /** What happened, if it was to be told. */
  readonly story: readonly string[];
}

const SAGA_ID = '00000000-0000-7000-8000-000000000000';
/** Often enough that a run does not take long; the owner of a saga still gets the first chance. */
const SETTINGS = { sweepMs: 50, graceMs: 50 };
/** A run that sends more does not come to an end. */
const TOO_MANY_SENT = 5_000;

/** One run of a saga: in a scenario, with disturbances. The same options give the same run. */
export class ExplorationRun {
  readonly #options: RunOptions;
  readonly #simulation: Simulation;
  readonly #processes: Processes;
  readonly #participants: ExploredParticipants;
  readonly #course: Course;
  readonly #post: Post;
  readonly #faults = new Faults((process) => this.#processes.restart(process));
  readonly #clients: ActorsOptions;
  readonly #actors: Actors;
  readonly #answers = new Answers();
  readonly #problems: string[] = [];
  readonly #story: Story | undefined;
  #parkedAt = 0;
  /** Whether what must hold at every moment does not. */
  #isBroken = false;

  constructor(options: RunOptions) {
    const { definition, scenario, disturbances, seed } = options;
    this.#options = options;
    this.#participants = (scenario.participants ?? options.participants)();
    for (const [command, fault, sending = 'always'] of scenario.faults ?? []) {
      this.#faults.set(command, fault, sending);
    }
    this.#course = new Course(disturbances, (name, action) => this.#passed(name, action));
    const onProblem = (problem: string) => this.#problem(problem);
    this.#simulation = new Simulation({
      definition,
      handlers: this.#participants.handlers,
      interference: this.#interference(),
      settings: SETTINGS,
      onFault: (error) => onProblem(`a participant threw: ${String(error)}`),
    });
    const { clock, watch } = this.#simulation;
    this.#story = options.told ? new Story(clock) : undefined;
    watch.onWrite = (logs) => this.#story?.wrote(logs);
    this.#post = new Post({ definition, course: this.#course, clock, seed });
    this.#processes = new Processes(this.#simulation);
    this.#clients = { simulation: this.#simulation, sagaId: SAGA_ID, faults: this.#faults, onProblem };
    this.#actors = actorsOf(this.#clients);
  }

  /** Never rejects: what goes wrong is in the report. */
  async play(): Promise<RunReport> {
    const { scenario, withinMs } = this.#options;
    const { clock, store, network, complaints } = this.#simulation;
    this.#start();
    scenario.script?.(this.#actors);
    await clock
      .until(() => this.#hasRested(), withinMs)
      .catch((error: Error) => this.#problem(`the saga does not come to an end: ${error.message}`));
    // Whatever is still on its way arrives, and whoever stalls goes on.
    await clock.advance(LATE_MS + LONGEST_STALL_MS);
    const { missed, points } = this.#course;
    if (missed !== undefined)
      this.#problem(`the run did not come by "${missed.at}": something in it is left to chance`);
    for (const complaint of complaints) this.#problem(`the engine complains: ${complaint}`);
    return {
      saga: (await store.find({ by: 'id', sagaId: SAGA_ID }))?.saga,
      logs: await store.logs(SAGA_ID),
      points,
      executed: network.executed,
      participants: this.#participants,
      problems: this.#problems,
      story: this.#story?.lines ?? [],
    };
  }

  #start(): void {
    const { scenario, input } = this.#options;
    const request = { sagaId: SAGA_ID, businessKey: 'explored', input: scenario.input ?? input };
    void ask(this.#clients, (runtime, { definition }) => runtime.run(definition, request));
  }

  #interference(): Interference {
    const { interference } = this.#faults;
    return {
      boundary: (process, boundary) => this.#boundary(process, boundary),
      participantDies: (when, { command }) =>
        this.#course.reach(['participant'], `${when} of ${command.name}`) === 'die',
      command: (message) => this.#delivery('there', message, interference.command(message)),
      answer: (message) => interference.answer(message),
      reply: (message, outcome) => this.#replied(message, outcome),
      said: (message, outcome) => interference.said(message, outcome),
    };
  }

  #replied(message: Message, outcome: Outcome): Delivery {
    this.#story?.answered(message, outcome);
    return this.#delivery('back', message, this.#faults.interference.reply(message, outcome));
  }

  /** What the scenario says of a message stands; others are disturbed. */
  #delivery(way: 'there' | 'back', message: Message, planned: Delivery): Delivery {
    return this.#faults.spares(message) ? this.#post.delivery(way, message) : planned;
  }

  #boundary(process: Orchestrator, boundary: Boundary): void {
    const { when, what, of } = boundary;
    this.#story?.reached(process, boundary);
    this.#check(boundary);
    const action = this.#course.reach(['process'], `${when} ${what} of ${of}`);
    this.#faults.interference.boundary(process, boundary);
    if (action === 'restart') this.#processes.restart(process);
    else if (action === 'takeover') this.#processes.takeOver(process);
    else if (action === 'stall') this.#processes.stall(process);
    else if (action === 'stop') this.#processes.stop(process);
    else if (action === 'cancel') void this.#actors.cancel();
  }

  /** Every command must be in the journal before it is sent; and without disturbances none is sent again. */
  #check({ when, what, of, message }: Boundary): void {
    if (message === undefined) return;
    const { watch, network } = this.#simulation;
    const { command } = message;
    if (when === 'before' && what !== 'reply') {
      if (!watch.knows(command.id))
        this.#problem(`${of} is sent before the journal has it: a crash would leave it behind`);
      const repeated = this.#options.disturbances.length === 0 ? this.#answers.problemOf(command) : undefined;
      if (repeated !== undefined) this.#problem(repeated);
    } else if (when === 'after' && what !== 'send') {
      const done = network.executed.findLast((executed) => executed.command.id === command.id);
      if (done !== undefined) this.#answers.heard(command, this.#faults.interference.said(message, done.outcome));
    }
  }

  #hasRested(): boolean {
    const { watch, network } = this.#simulation;
    const saga = watch.rows.get(SAGA_ID)?.saga;
    if (network.sent.length > TOO_MANY_SENT) throw new Error('too many commands');
    if (saga?.status !== 'COMPENSATION_FAILED') return saga !== undefined && hasEnded(saga);
    const { whenParked } = this.#options.scenario;
    if (whenParked !== undefined && this.#parkedAt !== saga.logSeq) whenParked(this.#actors);
    this.#parkedAt = saga.logSeq;
    return whenParked === undefined;
  }

  #passed(name: string, action: Action | undefined): void {
    if (action !== undefined) this.#story?.tell(`>>> ${action} ${name}`);
    if (this.#isBroken) return;
    try {
      this.#participants.always?.(this.#simulation.saga(SAGA_ID));
    } catch (error) {
      this.#isBroken = true;
      this.#problem(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #problem(what: string): void {
    this.#problems.push(what);
    this.#story?.tell(`!!! ${what}`);
  }
}
