import { deepStrictEqual, ok } from 'node:assert/strict';
import type { SagaDefinition } from '../../core/definition.js';
import type { Claim, SagaRecord, SagaStore } from '../../runtime/store.js';
import { claimOf, freshDefinition, idsOf, Scripted, type StoreTests } from './support.js';

/** As many overdue sagas of each definition, the first definition's the longest overdue. */
async function overdue(store: SagaStore, ...counts: readonly number[]): Promise<SagaDefinition[]> {
  const definitions = counts.map(() => freshDefinition());
  for (const [index, definition] of definitions.entries()) {
    const sagas = Array.from({ length: counts[index] ?? 0 }, () => new Scripted({ definition }));
    await store.write(sagas.map((saga) => saga.write({ dueInMs: -1_000_000 / (index + 1), owner: 'me' })));
  }
  return definitions;
}

const claim = (store: SagaStore, definitions: readonly SagaDefinition[], changes: Partial<Claim>) =>
  store.claim(claimOf(definitions[0] as SagaDefinition, { definitions, owner: 'me', ...changes }));

/** How many of each definition were taken. */
const countsOf = (records: readonly SagaRecord[], definitions: readonly SagaDefinition[]): number[] =>
  definitions.map(
    ({ type, version }) => records.filter(({ saga }) => saga.type === type && saga.version === version).length,
  );

export const shareTests: StoreTests = {
  'one definition with many overdue sagas does not keep the others waiting': async (store) => {
    for (const which of ['overdue', 'own'] as const) {
      const definitions = await overdue(store, 40, 3, 40);
      const taken = await claim(store, definitions, { limit: 13, which });
      deepStrictEqual(countsOf(taken, definitions), [5, 3, 5]);
    }
  },

  'what one definition does not need the others get, up to the limit': async (store) => {
    const definitions = await overdue(store, 0, 30, 1);
    deepStrictEqual(countsOf(await claim(store, definitions, { limit: 20 }), definitions), [0, 19, 1]);
    deepStrictEqual(countsOf(await claim(store, definitions, { limit: 20 }), definitions), [0, 11, 0]);
  },

  'where the limit does not go round, the longest overdue come first': async (store) => {
    const definitions = await overdue(store, 2, 2, 2);
    deepStrictEqual(countsOf(await claim(store, definitions, { limit: 2 }), definitions), [1, 1, 0]);
    deepStrictEqual(await claim(store, definitions, { limit: 0 }), []);
    deepStrictEqual(countsOf(await claim(store, definitions, { limit: 5 }), definitions), [1, 1, 2]);
  },

  'versions of a type share like other definitions': async (store) => {
    const [definition] = await overdue(store, 20);
    const second = freshDefinition(2, definition?.type);
    const sagas = Array.from({ length: 4 }, () => new Scripted({ definition: second }));
    await store.write(sagas.map((saga) => saga.write({ dueInMs: -1_000 })));
    const definitions = [definition as SagaDefinition, second];
    deepStrictEqual(countsOf(await claim(store, definitions, { limit: 8 }), definitions), [4, 4]);
  },

  'a definition that is given twice has one share': async (store) => {
    const [one, other] = (await overdue(store, 20, 20)) as [SagaDefinition, SagaDefinition];
    deepStrictEqual(countsOf(await claim(store, [one, one, other], { limit: 12 }), [one, other]), [6, 6]);
  },

  'what the claimer is at work on does not count against the share': async (store) => {
    const definitions = await overdue(store, 20, 20);
    const first = await claim(store, definitions, { limit: 20, holdMs: -2_000_000 });
    const taken = await claim(store, definitions, { limit: 12, except: idsOf(first) });
    deepStrictEqual(countsOf(taken, definitions), [6, 6]);
    ok(taken.every(({ saga }) => !idsOf(first).includes(saga.sagaId)));
  },

  'claims at the same instant share what there is, and leave nothing behind': async (store) => {
    const definitions = await overdue(store, 30, 30);
    const taken: string[] = [];
    // One that is skipped because another claim was looking at it is there for the next.
    for (let round = 0; round < 4; round++) {
      const claims = ['a', 'b', 'c'].map((owner) => claim(store, definitions, { limit: 10, owner }));
      taken.push(...idsOf((await Promise.all(claims)).flat()));
    }
    deepStrictEqual([taken.length, new Set(taken).size], [60, 60]);
  },
};
