import type { Outcome, OutgoingCommand } from '../core/command.js';
import type { VirtualClock } from '../testing/virtual-clock.js';
import { type Fault, World } from '../testing/world.fixture.js';
import { type Locals, REFUSAL, type Token, type Told } from './definition.fixture.js';
import { indexOf, type Plan, undoOf } from './plan.fixture.js';

type Work = 'done' | 'undone' | 'refused';
type Errand = Pick<OutgoingCommand, 'sagaId' | 'step' | 'phase'>;

/** The reply of a step's action: the same, however often it is asked for. */
const replyOf = (step: string): Token => ({ n: indexOf(step) % 3 });

/** Participants that keep their side of the bargain, for any plan; and the functions of local steps, which do the same. */
export class Participants extends World implements Locals {
  /** The steps whose actions, and those whose compensations, are refused. */
  readonly refusing = new Set<number>();
  readonly stubborn = new Set<number>();
  /** What local functions were told. */
  readonly told: { readonly sagaId: string; readonly step: string; readonly told: Told }[] = [];
  readonly #plan: Plan;
  readonly #clock: VirtualClock;
  readonly #fault: () => Fault;
  readonly #done = new Map<string, Work>();

  constructor(plan: Plan, clock: VirtualClock, fault: () => Fault) {
    super();
    this.#plan = plan;
    this.#clock = clock;
    this.#fault = fault;
  }

  override execute({ sagaId, step, phase }: Errand): Outcome {
    const key = `${sagaId}:${step}`;
    const work = this.#done.get(key);
    const no: Outcome = { outcome: 'refused', code: REFUSAL, message: 'no' };
    if (phase === 'undo') {
      if (this.stubborn.has(indexOf(step))) return no;
      if (work !== 'refused') this.#done.set(key, 'undone');
      return { outcome: 'done', data: { n: 0 } };
    }
    const plan = this.#plan.steps[indexOf(step)];
    const mayRefuse = plan !== undefined && plan.kind !== 'wait' && plan.mayRefuse;
    // Whoever may be compensated after a failed attempt does the action again afterwards.
    const isTombstone = work === 'undone' && undoOf(plan)?.strategy !== 'immediate';
    const refuses = work !== 'done' && mayRefuse && this.refusing.has(indexOf(step));
    if (isTombstone || work === 'refused') return no;
    this.#done.set(key, refuses ? 'refused' : 'done');
    return refuses ? no : { outcome: 'done', data: replyOf(step) };
  }

  override standing(sagaId: string): string[] {
    return [...this.#done].flatMap(([key, work]) => {
      const [id, step = ''] = key.split(':');
      return id === sagaId && work === 'done' ? [step] : [];
    });
  }

  async do(step: string, told: Told, key: string, refuse: (code: string) => never): Promise<Token> {
    const sagaId = sagaOf(key);
    this.told.push({ sagaId, step, told });
    const { outcome } = await this.#run({ sagaId, step, phase: 'do' });
    return outcome === 'done' ? replyOf(step) : refuse(REFUSAL);
  }

  async undo(step: string, _: Told, key: string): Promise<void> {
    const { outcome } = await this.#run({ sagaId: sagaOf(key), step, phase: 'undo' });
    if (outcome !== 'done') throw new Error('it cannot be taken back now');
  }

  /** A local function, with what can go wrong on its way. */
  async #run(errand: Errand): Promise<Outcome> {
    const fault = this.#fault();
    const pass = (ms: number) => new Promise<void>((resolve) => this.#clock.after(ms, resolve));
    if (fault === 'failed' || fault === 'notConnected') throw new Error('it does not work now');
    if (fault === 'commandLost') return new Promise(() => {});
    await pass(1);
    const outcome = this.execute(errand);
    if (fault === 'replyLost') return new Promise(() => {});
    if (fault === 'doneButFailed') throw new Error('it worked, but says that it did not');
    if (typeof fault === 'object') await pass(fault.replyAfterMs);
    return outcome;
  }
}

/** An idempotency key begins with the saga's id. */
const sagaOf = (key: string): string => key.split(':')[0] ?? '';
