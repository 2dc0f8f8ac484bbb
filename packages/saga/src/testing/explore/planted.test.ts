import { ok } from 'node:assert/strict';
import { describe, expect, it, vi } from 'vitest';
import { defineSaga } from '../../core/builder.js';
import type { SagaDefinition } from '../../core/definition.js';
import type { SagaState } from '../../core/saga.js';
import { tripInput, tripInputOf, tripSaga } from '../trip.fixture.js';
import { type Mistake, tripParticipants } from '../trip-participants.fixture.js';
import type { Exploration } from './exploration.js';
import { ExplorationError } from './exploration-error.js';
import { exploreCrashes } from './explore-crashes.js';
import { type Bug, withPlanted } from './planted.fixture.js';
import type { ExploredParticipants } from './scenario.js';

// The test of the test: engines and participants with one bug each, and every bug must be found.

const TRIP = tripSaga();
const FEW = { input: tripInputOf('t'), maxPairs: 100 };

interface Explored {
  readonly saga: SagaDefinition;
  readonly participants: () => ExploredParticipants;
}

const TRIP_EXPLORED: Explored = { saga: TRIP, participants: () => tripParticipants() };

/** A compensation that works from the reply of what it takes back. The types refuse it, but some do without them. */
const BY_REPLY: Explored = { ...TRIP_EXPLORED, saga: takenBackByReply() };

/** A function that charges a card, once per idempotency key; whoever makes participants gives it a new card. */
let charges = new Set<string>();
const LOCAL: Explored = { saga: localSaga(), participants: newCard };

/** A bug of the engine, and what the exploration finds. */
interface Planted extends Bug {
  readonly found: RegExp;
  readonly explored?: Explored;
}

const BUGS: Readonly<Record<string, Planted>> = {
  'only known successes are taken back': {
    file: 'core/step-after.ts',
    text: "(step.status !== 'COMPLETED' && step.status !== 'FAILED')",
    by: "step.status !== 'COMPLETED'",
    found: /bookFlight was done and never taken back/,
  },
  'what was refused is taken back': {
    file: 'core/step-after.ts',
    text: "(step.status !== 'COMPLETED' && step.status !== 'FAILED')",
    by: "(step.status !== 'COMPLETED' && step.status !== 'FAILED' && (step.status as string) !== 'REFUSED')",
    found: /bookFlight was refused, so that nothing was done, and is taken back all the same/,
  },
  'commands are sent before the journal has them': {
    file: 'runtime/journal.ts',
    text: "this.#reached('before-commit', entries);",
    by: 'sender.send(entries.flatMap((entry) => entry.commands));',
    found: /sent before the journal has it/,
  },
  'commands are sent although the row had moved on': {
    file: 'runtime/journal.ts',
    text: "results[index] === 'written' ? entry.commands : []",
    by: 'index < 0 ? [] : entry.commands',
    found: /sent before the journal has it/,
  },
  'the due time is forgotten': {
    file: 'runtime/journal.ts',
    text: 'dueAt === null ? null : Math.max(0, dueAt - this.#options.clock.now())',
    by: 'null',
    found: /does not come to an end/,
  },
  'the revision is not looked at': {
    file: 'runtime/memory-store.ts',
    text: 'row?.revision !== write.revision',
    by: 'row === undefined',
    found: /one seq twice|does not fold|cannot be folded/,
  },
  'compensations work from replies': {
    file: 'core/context.ts',
    text: 'return { input: saga.input, failure:',
    by: `const replies = Object.fromEntries(Object.entries(saga.steps).map(([each, of]) => [each, (of as never)['reply']]));
      return { replies, input: saga.input, failure:`,
    found: /the saga is parked: the compensation of bookFlight failed for good/,
    explored: BY_REPLY,
  },
  'a refusal is tried again': {
    file: 'core/replies.ts',
    text: "else if (outcome.outcome === 'refused') {\n    draft.add('STEP_REFUSED'",
    by: "else if (outcome.outcome === 'refused' && step.attempt > 2) {\n    draft.add('STEP_REFUSED'",
    found: /flight.book is sent again although its answer had come: refused/,
  },
  'a failed compensation is swallowed': {
    file: 'core/replies.ts',
    text: "if (outcome.outcome === 'done') draft.add('STEP_COMPENSATED'",
    by: "if (outcome.outcome !== 'refused') draft.add('STEP_COMPENSATED'",
    found: /bookFlight was done and never taken back/,
  },
  'a compensation that is given up is swallowed': {
    file: 'core/replies.ts',
    text: 'if (givenUp || !mayRetry(policy, failures)) return',
    by: `if (undo && !mayRetry(policy, failures)) return draft.add('STEP_COMPENSATED', {}, name, step.attempt);
      if (givenUp || !mayRetry(policy, failures)) return`,
    found: /bookFlight was done and never taken back/,
  },
  'what is never answered counts as done': {
    file: 'core/replies.ts',
    text: 'if (givenUp || !mayRetry(policy, failures)) return',
    by: `const reply = { flightId: '?', price: 100, room: '?', receipt: '?' };
      if (!undo && !mayRetry(policy, failures)) return draft.add('STEP_COMPLETED', { reply }, name, step.attempt);
      if (givenUp || !mayRetry(policy, failures)) return`,
    found: /the saga says that bookFlight was done, and it never was/,
  },
  'there is a way back from the point of no return': {
    file: 'core/definition.ts',
    text: 'return steps.some(({ pivot, name }) => {',
    by: 'return steps.slice(0, 0).some(({ pivot, name }) => {',
    found: /a ticket that was not paid/,
  },
  'steps start although the saga fails': {
    file: 'core/saga.ts',
    text: "(saga.status === 'RUNNING' || saga.status === 'WAITING') && saga.failure === undefined",
    by: "saga.status === 'RUNNING' || saga.status === 'WAITING'",
    found: /was started although the saga was failing/,
  },
  'the oldest step is taken back first': {
    file: 'core/advance.ts',
    text: 'other.doneSeq - one.doneSeq',
    by: 'one.doneSeq - other.doneSeq',
    found: /a room, and no flight to it/,
  },
  'a repeated call has another idempotency key': {
    file: 'core/local.ts',
    text: 'const about = {',
    by: 'const about = { idempotencyKey: call.id, ...{ sagaId, attempt } }; void {',
    found: /charged 2 times/,
    explored: LOCAL,
  },
};

/** A participant's bug, and what the exploration finds. */
const MISTAKES: Readonly<Record<Mistake, RegExp>> = {
  'no tombstone': /bookFlight was done after it had been taken back: a late action must be refused/,
  'known by its sending': /seats, rooms, money, tickets are \S+, not 2,2,200,1/,
  'outcome apart from the work': /seats, rooms, money, tickets are 4,2,200,1, not 2,2,200,1/,
  'refuses repeats': /a ticket that was not paid|was done and never taken back \(the saga says: REFUSED\)/,
};

// Other work on the machine makes it slow at times.
vi.setConfig({ testTimeout: 600_000 });

describe('an exploration', () => {
  it.each(Object.entries({ trip: TRIP_EXPLORED, local: LOCAL }))(
    'finds nothing wrong with the engine as it is, nor with participants as they ought to be: %s',
    async (_, { saga, participants }) => {
      const explored = await withPlanted([], (kit) => kit.exploreCrashes(saga, { ...FEW, participants }));
      expect(explored.outcomes.COMPLETED).toBeGreaterThan(0);
    },
  );

  it.each(Object.entries(BUGS))('finds that %s', async (_, { found, explored = TRIP_EXPLORED, ...bug }) => {
    const { saga, participants } = explored;
    const story = await withPlanted([bug], (kit) => failureOf(kit.exploreCrashes(saga, { ...FEW, participants })));
    expect(story).toMatch(found);
  });

  it.each(Object.entries(MISTAKES))('finds a participant with the mistake: %s', async (mistake, found) => {
    const participants = () => tripParticipants(mistake as Mistake);
    expect(await failureOf(exploreCrashes(TRIP, { ...FEW, participants }))).toMatch(found);
  });
});

/** What an exploration says that must fail. */
async function failureOf(exploring: Promise<Exploration>): Promise<string> {
  const failed: unknown = await exploring.then(
    ({ summary }) => summary,
    (error: unknown) => error,
  );
  // A copy of the engine has a class of its own for it.
  ok((failed as Error).name === ExplorationError.name, `nothing is found: ${failed}`);
  return (failed as Error).message;
}

function takenBackByReply(): SagaDefinition {
  const payload = (context: object) => {
    const { replies } = context as { replies?: { bookFlight: { flightId: string } } };
    return { tripId: 't', why: replies === undefined ? 'no matter' : replies.bookFlight.flightId };
  };
  const [first, ...others] = TRIP.steps;
  if (first?.compensation?.kind !== 'command')
    throw new Error('the first step of a trip is a command, and compensated');
  return { ...TRIP, steps: [{ ...first, compensation: { ...first.compensation, payload } }, ...others] };
}

function localSaga() {
  return defineSaga('local', { version: 1, input: tripInput })
    .local('charge', ({ idempotencyKey }) => void charges.add(idempotencyKey), { refusals: ['NO'] })
    .compensateLocal(() => charges.clear())
    .local('done', () => undefined, { refusals: ['NO'] })
    .build();
}

function newCard(): ExploredParticipants {
  charges = new Set();
  const invariants = ({ status }: SagaState) =>
    ok(charges.size === (status === 'COMPLETED' ? 1 : 0), `charged ${charges.size} times, and ${status}`);
  return { handlers: {}, invariants };
}
