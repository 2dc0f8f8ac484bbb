import { deepStrictEqual } from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { fingerprintOf, shapeOf } from '../../core/shape.js';
import type { StoredDefinition } from '../../runtime/store.js';
import {
  change,
  done,
  ended,
  freshDefinition,
  refused,
  type StoreTests,
  stored,
  waitingDefinition,
} from './support.js';

/** What is kept of a definition that nobody else uses. */
function fresh(changes: Partial<StoredDefinition> = {}, definition = freshDefinition()): StoredDefinition {
  const { type, version } = definition;
  const shape = shapeOf(definition);
  return { type, version, fingerprint: fingerprintOf(shape), shape, ...changes };
}

export const definitionTests: StoreTests = {
  'what is new is kept': async (store) => {
    const [one, other] = [fresh(), fresh()];
    deepStrictEqual(await store.register([one, other]), [one, other]);
    deepStrictEqual(await store.register([other, one]), [other, one]);
    deepStrictEqual(await store.register([]), []);
  },

  'what is kept stays, and is what one learns': async (store) => {
    const kept = fresh();
    await store.register([kept]);
    const changed = { ...kept, fingerprint: 'other', shape: { steps: {} } };
    const second = fresh({ type: kept.type, version: 2 });
    deepStrictEqual(await store.register([second, changed]), [second, kept]);
    deepStrictEqual(await store.register([changed]), [kept]);
  },

  'of several that differ and come at the same instant, one is kept, and all learn which': async (store) => {
    const { type } = freshDefinition();
    const definitions = Array.from({ length: 8 }, () => fresh({ type, fingerprint: randomUUID() }));
    const learnt = await Promise.all(definitions.map((definition) => store.register([definition])));
    deepStrictEqual(new Set(learnt.map(([kept]) => kept?.fingerprint)).size, 1);
  },

  'what is kept is replaced if no saga needs it': async (store) => {
    const definition = freshDefinition();
    const kept = fresh({}, definition);
    await store.register([kept]);
    await ended(store, { definition });
    await stored(store, { definition: freshDefinition(2, definition.type) });
    await stored(store);
    const changed = { ...kept, fingerprint: 'other', shape: { steps: {} } };
    deepStrictEqual(await store.replaceDefinition(changed), true);
    deepStrictEqual(await store.register([kept]), [changed]);
  },

  'what is kept is not replaced while a saga of it has not ended': async (store) => {
    const definition = waitingDefinition();
    const kept = fresh({}, definition);
    await store.register([kept]);
    const saga = await stored(store, { definition });
    const isHeld = async () => {
      deepStrictEqual(await store.replaceDefinition({ ...kept, fingerprint: 'other' }), false);
      deepStrictEqual(await store.register([kept]), [kept]);
    };
    await isHeld();
    await change(store, saga.reply('first', 'do', done()));
    await isHeld();
    await change(store, saga.happen({ kind: 'pause' }));
    await isHeld();
    await change(store, saga.happen({ kind: 'compensate', reason: 'no more' }));
    await isHeld();
    await change(store, saga.reply('first', 'undo', refused));
    deepStrictEqual(saga.saga.status, 'COMPENSATION_FAILED');
    await isHeld();
    await change(store, saga.happen({ kind: 'skip', step: 'first', reason: 'by hand' }));
    deepStrictEqual(await store.replaceDefinition({ ...kept, fingerprint: 'other' }), true);
  },

  'what is not kept yet is kept by replacing it': async (store) => {
    const definition = fresh();
    deepStrictEqual(await store.replaceDefinition(definition), true);
    deepStrictEqual(await store.register([{ ...definition, fingerprint: 'other' }]), [definition]);
  },
};
