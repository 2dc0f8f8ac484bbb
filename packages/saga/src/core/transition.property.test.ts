import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arbitraryAction, arbitraryDefinition, definitionOf, type Spec, type StepSpec } from './arbitrary.fixture.js';
import { Play } from './play.fixture.js';

const RUNS = 2_000;

const plays = fc.record({ spec: arbitraryDefinition, actions: fc.array(arbitraryAction, { maxLength: 30 }) });
type Input = typeof plays extends fc.Arbitrary<infer T> ? T : never;

/** Plays the actions; `Play` checks after each one what must hold at every moment. */
function played({ spec, actions }: Input): Play {
  const play = new Play(definitionOf(spec));
  for (const action of actions) play.act(action);
  return play;
}

/** Whatever a person or a participant was holding up goes well from now on. */
function ended(input: Input): Play {
  const play = played(input);
  play.finish();
  return play;
}

const check = (property: (input: Input) => void) => fc.assert(fc.property(plays, property), { numRuns: RUNS });
const hasUndo = (spec: Spec, name: string) => (spec.steps[indexOf(name)] as StepSpec).compensation !== undefined;
const indexOf = (name: string): number => Number(name.slice(1));

describe('whatever happens to whatever saga', { timeout: 60_000 }, () => {
  it('nothing throws, the journal has no gaps and folds to the state, and there is a due time unless it ended or is parked', () => {
    check((input) => {
      const play = played(input);
      expect(play.folded()).toEqual(play.saga);
    });
  });

  it('it ends once the faults stop', () => {
    check((input) => {
      expect(['COMPLETED', 'COMPENSATED']).toContain(ended(input).saga.status);
    });
  });

  it('nothing goes forward once it goes back', () => {
    check((input) => {
      const events = ended(input).logs.map(({ event }) => event);
      const back = events.findIndex((event) => event === 'COMPENSATION_STARTED' || event === 'SAGA_COMPENSATED');
      if (back === -1) return;
      const forward = [
        'STEP_STARTED',
        'STEP_RETRIED',
        'STEP_COMPLETED',
        'STEP_REFUSED',
        'STEP_FAILED',
        'STEP_TIMED_OUT',
      ];
      expect(events.slice(back).filter((event) => forward.includes(event))).toEqual([]);
    });
  });

  it('no step starts once the saga has failed or was cancelled', () => {
    check((input) => {
      const { logs } = ended(input);
      const failing = logs.findIndex(
        ({ event, data }) =>
          event === 'STEP_REFUSED' ||
          event === 'SAGA_CANCEL_REQUESTED' ||
          ((event === 'STEP_FAILED' || event === 'STEP_TIMED_OUT') && !('retryAt' in data)),
      );
      if (failing !== -1) expect(logs.slice(failing).map(({ event }) => event)).not.toContain('STEP_STARTED');
    });
  });

  it('exactly the steps done or unknown that have a compensation are compensated, the latest first', () => {
    check((input) => {
      const { saga, logs } = ended(input);
      const did = logs.filter(
        ({ event, data }) =>
          event === 'STEP_COMPLETED' ||
          ((event === 'STEP_FAILED' || event === 'STEP_TIMED_OUT') && !('retryAt' in data)),
      );
      const compensated = logs.filter(({ event }) => event === 'COMPENSATION_STARTED').map(({ step }) => step);
      const owed = did.map(({ step }) => step as string).filter((name) => hasUndo(input.spec, name));
      expect(compensated).toEqual(saga.status === 'COMPENSATED' ? owed.reverse() : []);
    });
  });

  it('a completed saga has completed all its steps, in order', () => {
    check((input) => {
      const { saga, logs } = ended(input);
      if (saga.status !== 'COMPLETED') return;
      const completed = logs.filter(({ event }) => event === 'STEP_COMPLETED').map(({ step }) => step);
      expect(completed).toEqual(input.spec.steps.map((_, index) => `s${index}`));
    });
  });

  it('no command is sent more often than its policy and lost connections, crashes and people allow', () => {
    check((input) => {
      const { logs } = ended(input);
      for (const { event, step, data } of logs) {
        if (!('failures' in data) || step === null) continue;
        const { pivot, maxAttempts, compensation } = input.spec.steps[indexOf(step)] as StepSpec;
        const most = event === 'COMPENSATION_FAILED' ? compensation : pivot ? 'forever' : maxAttempts;
        if (most !== 'forever') expect(data.failures).toBeLessThanOrEqual(most ?? 0);
      }
    });
  });

  it('nothing changes it after the end', () => {
    check((input) => {
      const play = ended(input);
      const { saga, logs } = play;
      const before = [saga, logs.length];
      for (const action of input.actions) play.act(action);
      expect([play.saga, play.logs.length]).toEqual(before);
    });
  });

  it('a pivot that has begun is not given up: it completes, or is refused', () => {
    check((input) => {
      const { logs } = ended(input);
      const pivot = input.spec.steps.findIndex((step) => step.pivot);
      const outcomes = logs.filter(({ step, data }) => step === `s${pivot}` && !('retryAt' in data));
      for (const { event } of outcomes) expect(['STEP_FAILED', 'STEP_TIMED_OUT']).not.toContain(event);
    });
  });
});
