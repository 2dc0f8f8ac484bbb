import type { SagaDefinition } from '../../core/definition.js';
import { type Duration, msOf } from '../duration.js';
import {
  type Action,
  type Disturbance,
  disturbancesAt,
  isCrash,
  labelOf,
  type Point,
  type PointKind,
  parseLabel,
} from './disturbance.js';
import { type Exploration, Tally } from './exploration.js';
import { ExplorationError } from './exploration-error.js';
import { ExplorationRun, type RunReport } from './exploration-run.js';
import { LATE_MS } from './post.js';
import { sampleEach } from './random.js';
import { type ExploredParticipants, type Scenario, scenariosOf } from './scenario.js';
import { outcomeOf, problemsOf } from './verdict.js';

/** What is explored, and how far. */
export interface ExploreOptions<Input = unknown> {
  readonly input: Input;
  /** Called for each run, so that each begins with fresh state. */
  readonly participants: () => ExploredParticipants;
  /** Courses of events besides those that follow from the definition: people who act, say. */
  readonly scenarios?: readonly Scenario[];
  /** What happens in all scenarios that have no script of their own: events that the saga waits for, say. */
  readonly script?: Scenario['script'];
  /** Whether the saga is cancelled at each moment, too. Default: yes. */
  readonly cancel?: boolean;
  /** In how much virtual time a saga must end; at most 400 days. Default: 100 days. */
  readonly within?: Duration;
  /** Most pairs of disturbances; if there are more, so many are drawn, of each scenario alike. Default 20 000. */
  readonly maxPairs?: number;
  /** Latencies and draws follow from it: another one explores other courses. Default 1. */
  readonly seed?: number;
  /** The label of a run, from the message of a failure: only that run is run, after the undisturbed one of its scenario. */
  readonly only?: string;
}

/**
 * Runs a saga again and again: in the scenarios that follow from its definition and in yours, first undisturbed; then once
 * per moment with a process that dies there and is replaced, or that stalls, or with the saga cancelled; once per message
 * with the message lost, repeated, late; and once per pair of crashes. Every run must come to its end, as the undisturbed
 * run of its scenario does or with everything taken back; its journal must describe it; and your invariants must hold.
 *
 * All of it is deterministic: the same options give the same runs.
 *
 * @throws ExplorationError at the first run in which something is wrong, with its label and what happened in it.
 */
export async function exploreCrashes<Input>(
  definition: SagaDefinition<Input>,
  options: ExploreOptions<NoInfer<Input>>,
): Promise<Exploration> {
  return new Explorer(definition as SagaDefinition, options).explore();
}

/** A run to do. */
interface Planned {
  readonly scenario: Scenario;
  readonly disturbances: readonly Disturbance[];
}

type Defaults = Required<Pick<ExploreOptions, 'within' | 'maxPairs' | 'seed' | 'cancel'>>;

const DEFAULTS: Defaults = { within: '100d', maxPairs: 20_000, seed: 1, cancel: true };

class Explorer {
  readonly #definition: SagaDefinition;
  readonly #options: ExploreOptions & Defaults;
  readonly #scenarios: readonly Scenario[];
  readonly #tally = new Tally();
  /** How the undisturbed run of each scenario ended. */
  readonly #expected = new Map<string, string>();

  constructor(definition: SagaDefinition, options: ExploreOptions) {
    this.#definition = definition;
    const given = Object.entries(options).filter(([, value]) => value !== undefined);
    this.#options = { ...DEFAULTS, ...(Object.fromEntries(given) as unknown as ExploreOptions) };
    if (msOf(this.#options.within) > LATE_MS) throw new Error('a saga must end within 400 days of virtual time');
    const { script, scenarios = [] } = options;
    this.#scenarios = [...scenariosOf(definition), ...scenarios].map((scenario) =>
      script === undefined ? scenario : { script, ...scenario },
    );
  }

  async explore(): Promise<Exploration> {
    const { only, maxPairs, seed } = this.#options;
    if (only !== undefined) return this.#replay(only);
    const pairs: Planned[][] = [];
    for (const scenario of this.#scenarios) pairs.push(await this.#exploreScenario(scenario));
    const chosen = sampleEach(pairs, maxPairs, seed);
    for (const pair of chosen) await this.#run(pair);
    return this.#result(chosen.length, pairs.flat().length);
  }

  /** Runs the scenario, undisturbed and with each disturbance, and gives the pairs of them. */
  async #exploreScenario(scenario: Scenario): Promise<Planned[]> {
    const { points } = await this.#run({ scenario, disturbances: [] });
    const pairs: Planned[] = [];
    if (scenario.depth === 'undisturbed') return pairs;
    const count = (...of: PointKind[]) => points.filter(({ kinds }) => kinds.some((kind) => of.includes(kind))).length;
    this.#tally.boundaries += count('process', 'participant');
    this.#tally.messages += count('command', 'reply', 'call', 'return');
    for (const first of this.#disturbancesAt(points)) pairs.push(...(await this.#disturb(scenario, first)));
    return pairs;
  }

  /** Runs the scenario with the disturbance, and gives the pairs that begin with it. */
  async #disturb(scenario: Scenario, first: Disturbance): Promise<Planned[]> {
    const { points } = await this.#run({ scenario, disturbances: [first] });
    if (scenario.depth === 'disturbed' || !(isCrash(first) || first.action === 'cancel')) return [];
    const seconds = this.#disturbancesAt(points).filter(isCrash);
    return seconds.map((second) => ({ scenario, disturbances: [first, second] }));
  }

  #disturbancesAt(points: readonly Point[]): Disturbance[] {
    const allowed = (action: Action) => action !== 'cancel' || this.#options.cancel;
    return points.flatMap((point) => disturbancesAt(point, allowed));
  }

  async #run(planned: Planned, seed = this.#options.seed): Promise<RunReport> {
    const report = await this.#play(planned, seed, false);
    this.#tally.ran(outcomeOf(report));
    const problems = [...problemsOf(this.#definition, report), ...this.#endProblems(planned, report)];
    if (problems.length === 0) return report;
    const { story } = await this.#play(planned, seed, true);
    throw new ExplorationError(labelOf(seed, planned.scenario.name, planned.disturbances), problems, story);
  }

  #play({ scenario, disturbances }: Planned, seed: number, told: boolean): Promise<RunReport> {
    const { input, participants, within } = this.#options;
    const run = { definition: this.#definition, input, participants, scenario, disturbances, seed, told };
    return new ExplorationRun({ ...run, withinMs: msOf(within) }).play();
  }

  /** A disturbed run ends like the undisturbed one, or with everything taken back. */
  #endProblems({ scenario, disturbances }: Planned, { saga }: RunReport): string[] {
    const status = saga?.status ?? 'NO SAGA';
    if (disturbances.length === 0) this.#expected.set(scenario.name, status);
    const expected = this.#expected.get(scenario.name);
    if (status === 'COMPENSATION_FAILED' && !scenario.mayPark) {
      const parked = Object.entries(saga?.steps ?? {}).find(([, step]) => step.status === status);
      return [`the saga is parked: the compensation of ${parked?.[0]} failed for good`];
    }
    if (status === expected || status === 'COMPENSATED') return [];
    return [`the saga is ${status}; undisturbed it is ${expected}`];
  }

  async #replay(label: string): Promise<Exploration> {
    const { seed, scenario: name, disturbances } = parseLabel(label);
    const scenario = this.#scenarios.find((each) => each.name === name);
    if (scenario === undefined) throw new Error(`there is no scenario "${name}"`);
    await this.#run({ scenario, disturbances: [] }, seed);
    if (disturbances.length > 0) await this.#run({ scenario, disturbances }, seed);
    return this.#result(0, 0);
  }

  #result(pairs: number, pairsInAll: number): Exploration {
    return this.#tally.result(this.#definition.type, this.#scenarios.length, pairs, pairsInAll);
  }
}
