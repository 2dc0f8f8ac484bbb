import { ok } from 'node:assert/strict';
import { expect, it, vi } from 'vitest';
import { z } from 'zod';
import { defineSaga } from '../../core/builder.js';
import type { CommandContract } from '../../core/command.js';
import type { SagaState } from '../../core/saga.js';
import { type Handlers, refusal } from '../simulation/participants.js';
import { exploreCrashes } from './explore-crashes.js';
import type { ExploredParticipants, Scenario } from './scenario.js';

// Every kind of step and strategy in one saga, under every crash.

vi.setConfig({ testTimeout: 600_000 });

const DAY = 86_400_000;
const of = z.object({ id: z.string() });
const command = (name: string, refusals: readonly string[] = []): CommandContract => {
  return { name, queue: 'q', payload: of, reply: z.object({}), refusals };
};
const again = ({ input }: { readonly input: { readonly id: string } }) => input;
const go = { name: 'go', payload: z.object({}) };
const no = { name: 'no', payload: z.object({}) };

/** What stands, by step. Whoever was taken back refuses to do it late; `local` does the same by itself. */
let standing = new Map<string, 'done' | 'undone'>();

const SAGA = defineSaga('everything', { version: 1, input: of, timeoutMs: 30 * DAY })
  .step('first', command('first.do', ['NO']), again)
  .compensate(command('first.undo'), again)
  .parallel((all) =>
    all
      .step('one', command('one.do', ['NO']), again)
      .compensate(command('one.undo'), again)
      .local('local', ({ refuse }) => (standing.get('local') === 'undone' ? refuse('NO') : done('local')), {
        refusals: ['NO'],
      })
      .compensateLocal(() => undone('local'))
      .waitFor('approval', go, { refusedBy: [no], timeoutMs: 3 * DAY }),
  )
  .step('skipped', command('skipped.do', ['NO']), again, { when: () => false })
  .compensate(command('skipped.undo'), again)
  .step('kept', command('kept.do', ['NO']), again)
  .compensate(command('kept.undo'), again, { when: ({ failure }) => failure.code !== 'NO' })
  .step('pivot', command('pivot.do', ['NO']), again, { pivot: true })
  .step('last', command('last.do'), again, { retry: 'forever' })
  .build({ compensationOrder: ['first', 'kept', 'local', 'one', 'skipped'] });

const done = (step: string) => void standing.set(step, 'done');
const undone = (step: string) => void standing.set(step, 'undone');

function participants(): ExploredParticipants {
  standing = new Map();
  const handlers: Record<string, Handlers[string]> = {};
  for (const step of ['first', 'one', 'skipped', 'kept', 'pivot', 'last']) {
    handlers[`${step}.do`] = () => {
      if (standing.get(step) === 'undone') return refusal('NO');
      done(step);
      return {};
    };
    if (step === 'pivot' || step === 'last') continue;
    handlers[`${step}.undo`] = () => {
      undone(step);
      return {};
    };
  }
  return { handlers, invariants };
}

function invariants({ status }: SagaState): void {
  const completed = ['first', 'one', 'local', 'kept', 'pivot', 'last'];
  const stands = [...standing].flatMap(([step, work]) => (work === 'done' ? [step] : [])).sort();
  if (status === 'COMPLETED') ok(stands.join() === completed.toSorted().join(), `done: ${stands}`);
  // Whether this one is taken back is the business of its condition.
  else
    ok(
      stands.every((step) => step === 'kept'),
      `left behind: ${stands}`,
    );
}

const scenarios: Scenario[] = [
  {
    name: 'the event is there before it is awaited',
    script: ({ after, signal }) => after(1, () => void signal(go, {})),
  },
  { name: 'an event says no', script: ({ after, signal }) => after('1h', () => void signal(no, {}, 'e')) },
  { name: 'no event comes', script: () => {} },
  {
    name: 'it is paused over the event',
    script: ({ after, pause, signal, resume }) => {
      after('1h', () => void pause());
      after('1d', () => void signal(go, {}, 'e'));
      after('5d', () => void resume());
    },
  },
  { name: 'a person skips the wait', script: ({ after, skip }) => after('1h', () => void skip('approval', {})) },
];

it('every kind of step is done, or taken back, under every crash', async () => {
  const script: Scenario['script'] = ({ after, signal }) => after('2h', () => void signal(go, {}, 'e'));
  const input = { id: '1' };
  const { outcomes } = await exploreCrashes(SAGA, { input, participants, script, scenarios, maxPairs: 500 });
  const failures = ['NO', 'no', 'CANCELLED', 'TIMEOUT', 'EVENT_TIMEOUT'];
  expect(Object.keys(outcomes)).toEqual(expect.arrayContaining(failures.map((code) => `COMPENSATED (${code})`)));
  expect(outcomes.COMPLETED).toBeGreaterThan(1_000);
});
