import { deepStrictEqual, ok } from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { SagaStore } from '../../runtime/store.js';
import {
  change,
  done,
  freshDefinition,
  isStored,
  type Scripted,
  type StoreTests,
  stored,
  waitingDefinition,
} from './support.js';

/** A value inside an input, a reply and a refusal's details comes back as it was. */
async function survives(store: SagaStore, value: unknown): Promise<void> {
  const saga = await stored(store, { input: { value } });
  await isStored(store, saga, 1);
  await store.write([saga.reply('first', 'do', done({ value })).write()]);
  await isStored(store, saga, 2);
  const details = { value };
  const refused = { outcome: 'refused', code: 'NO', message: 'no', details } as const;
  await store.write([saga.reply('second', 'do', refused).write()]);
  await isStored(store, saga, 3);
}

const nested = (depth: number): unknown => {
  let value: unknown = 'deep';
  for (let level = 0; level < depth; level++) value = level % 2 === 0 ? { level: value } : [value];
  return value;
};

/** The same with what some backends cannot keep replaced: NUL, and halves of surrogate pairs. */
const replaced = (text: string): string => text.toWellFormed().replaceAll('\0', '\ufffd');

const TEXTS = [
  '',
  'NULL',
  'null',
  '{a,"b"}',
  '"quoted"',
  "it's",
  'back\\slash',
  '\\u0000',
  '\\\\u0000',
  'a\nb\tc',
  '😀',
  'é',
  '%',
  '$1',
];

export const dataTests: StoreTests = {
  'texts of every kind': (store) => survives(store, Object.fromEntries(TEXTS.map((text) => [text, text]))),

  'numbers of every size': (store) =>
    survives(store, [0, -1, 0.1, 1e21, 1e-7, 1.7976931348623157e308, 5e-324, 2 ** 53, -(2 ** 63), 123456789.125]),

  'null, booleans, empty lists and objects': (store) => survives(store, [null, true, false, [], {}, [[]], { a: {} }]),

  'values nested a hundred deep': (store) => survives(store, nested(100)),

  'a text of a hundred thousand characters': (store) => survives(store, 'ab"\\ü'.repeat(20_000)),

  'a property that is undefined is none': async (store) => {
    const { sagaId } = await stored(store, { input: { there: 1, missing: undefined } });
    deepStrictEqual((await store.find({ by: 'id', sagaId }))?.saga.input, { there: 1 });
  },

  'NUL and halves of surrogate pairs do not fail the round; at worst they are replaced': async (store) => {
    for (const text of ['a\0b', '\ud800', '\udc00\ud800x', 'a\\\0', '\0\0', '\\\\\ud83d', '😀\ud83d']) {
      const saga = await stored(store, { input: { [text]: text } });
      await store.write([saga.reply('first', 'do', done({ [text]: text })).write()]);
      const { sagaId } = saga;
      const read = (await store.find({ by: 'id', sagaId }))?.saga;
      const [one] = Object.entries(read?.input as Record<string, string>);
      ok(
        [text, replaced(text)].includes(one?.[0] ?? '') && one?.[0] === one?.[1],
        `${JSON.stringify(text)} became ${one}`,
      );
      const logs = await store.logs(sagaId);
      deepStrictEqual(logs[0]?.data, { ...(logs[0]?.data as object), input: read?.input });
      deepStrictEqual(read?.steps.first, { ...(read?.steps.first as object), ...(logs[2]?.data as object) });
    }
  },

  'keys of every kind': async (store) => {
    for (const text of TEXTS) {
      const idempotency = { scope: `${text}${randomUUID()}`, key: text, fingerprint: text };
      const definition = freshDefinition();
      const saga = await stored(store, { definition, businessKey: text }, { idempotency, owner: text });
      await isStored(store, saga, 1);
      const record = await store.find({ by: 'businessKey', type: definition.type, businessKey: text });
      deepStrictEqual([record?.owner, record?.idempotency], [text, idempotency]);
      deepStrictEqual((await store.find({ by: 'idempotencyKey', ...idempotency }))?.saga.sagaId, saga.sagaId);
    }
  },

  'what only some sagas have, for as long as they have it': async (store) => {
    const startsAt = Date.now() + 3_600_000;
    const event = { kind: 'event', event: 'happened', payload: { some: ['payload'] }, id: 'e1' } as const;
    const happenings = [
      (saga: Scripted) => saga.happen({ kind: 'pause', by: 'ada' }),
      (saga: Scripted) => saga.happen(event),
      (saga: Scripted) => saga.happen({ kind: 'resume' }),
      (saga: Scripted) => saga.reply('first', 'do', done()),
      (saga: Scripted) => saga.reply('second', 'do', done()),
    ];
    const saga = await stored(store, { definition: waitingDefinition(), lane: 'a lane' });
    for (const [index, happen] of happenings.entries()) {
      await change(store, happen(saga));
      await isStored(store, saga, index + 2);
    }
    deepStrictEqual([saga.saga.status, saga.saga.lane, saga.saga.events], ['COMPLETED', 'a lane', undefined]);
    await isStored(store, await stored(store, { startsAt }), 1);
  },

  'times to the millisecond': async (store) => {
    const times = [0, 1, 999, 1_763_676_000_123, Date.UTC(2199, 11, 31, 23, 59, 59, 999)];
    for (let each = 0; each < 30; each++) times.push(1_700_000_000_000 + each * 7_919_317 + each);
    for (const at of times) await isStored(store, await stored(store, { at }), 1);
  },
};
