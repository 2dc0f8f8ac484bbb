import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import { it } from 'node:test';
import { inMemory, runTrip, talk } from './out/trip.js';

it('a saga completes in memory', async () => {
  const { saga, sent } = await runTrip(inMemory());
  strictEqual(saga.status, 'COMPLETED');
  deepStrictEqual(sent, ['flight.book {"tripId":"7"}', 'card.charge {"tripId":"7","amount":101}']);
});

it('a conversation is held', talk);
