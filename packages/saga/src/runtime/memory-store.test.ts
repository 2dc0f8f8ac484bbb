import { afterAll, describe, it } from 'vitest';
import { describeStore } from '../testing/store-conformance.js';
import { MemoryStore } from './memory-store.js';

describeStore('MemoryStore', async () => ({ store: new MemoryStore() }), { afterAll, describe, it });
