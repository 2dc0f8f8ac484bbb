import type { SagaStore } from '../runtime/store.js';
import { claimTests } from './conformance/claim.js';
import { dataTests } from './conformance/data.js';
import { definitionTests } from './conformance/definitions.js';
import { listTests } from './conformance/list.js';
import { pruneTests } from './conformance/prune.js';
import { readTests } from './conformance/read.js';
import { roundTests } from './conformance/round.js';
import { shareTests } from './conformance/share.js';
import type { StoreTests } from './conformance/support.js';
import { writeTests } from './conformance/write.js';

/** What the suite needs of a test runner: vitest and jest have it; for node:test give `after` as `afterAll`. */
export interface TestRunner {
  describe(name: string, define: () => void): void;
  it(name: string, test: () => Promise<void>): void;
  afterAll(cleanUp: () => Promise<void>): void;
}

/** A store, made for the suite alone. */
export interface StoreUnderTest {
  readonly store: SagaStore;
  /** Called once, after the last test. */
  readonly close?: () => Promise<void>;
}

/**
 * What every store owes, as tests: call it in a test file with the functions of your runner.
 *
 * ```ts
 * import { afterAll, describe, it } from 'vitest';
 * describeStore('MyStore', async () => ({ store: await openMyStore() }), { afterAll, describe, it });
 * ```
 *
 * The store is made once. It may hold other sagas, and keeps those of the tests; but what ended before 1991 is deleted.
 * Nobody else may write to it meanwhile.
 * No test waits: due times in the past stand for time that has gone by.
 */
export function describeStore(name: string, makeStore: () => Promise<StoreUnderTest>, runner: TestRunner): void {
  const { describe, it, afterAll } = runner;
  let made: Promise<StoreUnderTest> | undefined;
  const store = async () => {
    made ??= makeStore();
    return (await made).store;
  };
  describe(`${name} keeps what a store owes`, () => {
    afterAll(async () => {
      await (await made)?.close?.();
    });
    for (const [part, tests] of Object.entries(PARTS)) {
      describe(part, () => {
        for (const [title, test] of Object.entries(tests)) it(title, async () => test(await store()));
      });
    }
  });
}

const PARTS: Readonly<Record<string, StoreTests>> = {
  'writing a saga': writeTests,
  'writing a round': roundTests,
  reading: readTests,
  listing: listTests,
  claiming: claimTests,
  'sharing a claim among definitions': shareTests,
  'pruning what ended long ago': pruneTests,
  'keeping definitions': definitionTests,
  'what sagas carry': dataTests,
};
