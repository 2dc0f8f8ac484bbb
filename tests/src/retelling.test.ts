import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { entriesOf, stepsOf } from '../../packages/auditor/src/sagas/journal.js';
import { Retelling } from '../../packages/auditor/src/sagas/retelling.js';
import { Shapes } from '../../packages/auditor/src/sagas/shape.js';
import { failureOf } from '../../packages/saga/src/core/saga.js';
import { shapeOf } from '../../packages/saga/src/core/shape.js';
import { type Action, arbitraryAction } from '../../packages/saga/src/model/action.fixture.js';
import { arbitraryPlan, MOST_STEPS } from '../../packages/saga/src/model/arbitrary-plan.fixture.js';
import { nameOf } from '../../packages/saga/src/model/plan.fixture.js';
import { Play } from '../../packages/saga/src/model/play.fixture.js';

/** Any definition, whatever happens to its saga, and, of the ended one, from which step it begins anew. */
const anyCase = fc.record({
  plan: arbitraryPlan,
  actions: fc.array(arbitraryAction, { maxLength: 30, size: 'max' }),
  restart: fc.nat(MOST_STEPS),
});

/** The journal as the auditor reads it from the database. */
function linesOf({ logs }: Play): string[] {
  return logs.map(({ seq, event, step, attempt, data }) => {
    const { input: _, reply: __, payload: ___, ...rest } = data as Record<string, unknown>;
    return `${seq} ${event} ${step ?? '-'} ${attempt ?? '-'} ${JSON.stringify(rest)}`;
  });
}

/** What the auditor has to say; `known`: whether it knows the definition. */
function wrongIn({ saga, definition }: Play, lines: readonly string[], known = true): string[] {
  const { type, version } = definition;
  const shapes = new Shapes(known ? [{ type, version, shape: shapeOf(definition) }] : []);
  const steps = Object.entries(saga.steps).map(([name, step]) =>
    'attempt' in step ? `${name} ${step.status} ${step.attempt}` : `${name} ${step.status}`,
  );
  const { status, businessKey, logSeq } = saga;
  const row = { type, version, status, businessKey, logSeq, failure: failureOf(saga)?.code ?? null };
  const entries = entriesOf(lines.join('\n'));
  const { wrong } = new Retelling({ ...row, steps: stepsOf(steps.join('\n')) }, entries, shapes.of(type, version));
  return wrong.map(({ text }) => text);
}

function expectNothingWrong(play: Play): void {
  const lines = linesOf(play);
  for (const known of [true, false]) expect(wrongIn(play, lines, known)).toEqual([]);
}

/** Plays a saga to its end, and looks at it after everything that happens. */
function playOut(play: Play, actions: readonly Action[]): Play {
  expectNothingWrong(play);
  for (const action of actions) {
    play.act(action);
    expectNothingWrong(play);
  }
  play.finish();
  expectNothingWrong(play);
  return play;
}

/** The entries with their numbers as if nothing were missing, and nothing too much. */
const renumbered = (lines: readonly string[]) => lines.map((line, index) => line.replace(/^\d+/, String(index + 1)));

describe('the auditor and the engine', () => {
  it('agree on whatever saga, wherever it stands', () => {
    fc.assert(
      fc.property(anyCase, ({ plan, actions, restart }) => {
        const play = playOut(Play.begun(plan), actions);
        const again = play.restarted(nameOf(restart));
        if (again !== undefined) playOut(again, actions);
      }),
      { numRuns: 400 },
    );
  });

  it('do not, once an entry is missing or there twice', () => {
    fc.assert(
      fc.property(anyCase, fc.nat(), ({ plan, actions }, number) => {
        const play = playOut(Play.begun(plan), actions);
        const lines = linesOf(play);
        const at = 1 + (number % (lines.length - 1));
        expect(wrongIn(play, renumbered(lines.toSpliced(at, 1)))).not.toEqual([]);
        expect(wrongIn(play, renumbered(lines.toSpliced(at, 0, lines[at] as string)))).not.toEqual([]);
      }),
      { numRuns: 400 },
    );
  });
});
