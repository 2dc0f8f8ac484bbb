import { expect, it } from 'vitest';
import { newId, randomHex } from './random.js';
import { continueTrace } from './trace.js';

const ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

it('continues a trace, with a span of its own and the same flags', () => {
  const { traceId, traceparent } = continueTrace(`00-${ID}-${SPAN}-01`);
  expect(traceId).toBe(ID);
  expect(traceparent).toMatch(new RegExp(`^00-${ID}-(?!${SPAN})[0-9a-f]{16}-01$`));
});

it('understands later versions as far as they are the same', () => {
  expect(continueTrace(`cc-${ID}-${SPAN}-00-more`).traceId).toBe(ID);
});

it.each([
  undefined,
  '',
  'rubbish',
  `00-${ID.toUpperCase()}-${SPAN}-01`,
  `00-${'0'.repeat(32)}-${SPAN}-01`,
  `00-${ID}-${'0'.repeat(16)}-01`,
  `ff-${ID}-${SPAN}-01`,
  `00-${ID}-${SPAN}`,
  `00-${ID}-${SPAN}-01x`,
])('begins one when the header is %j', (header) => {
  const { traceId, traceparent } = continueTrace(header);
  expect(traceId).toMatch(/^[0-9a-f]{32}$/);
  expect(traceId).not.toBe(ID);
  expect(traceparent).toBe(`00-${traceId}-${traceparent.slice(36, 52)}-00`);
});

it('never draws the same twice, also across the end of its supply', () => {
  const ids = Array.from({ length: 5_000 }, () => [newId(), randomHex(8)]).flat();
  expect(new Set(ids).size).toBe(ids.length);
});

it('ids sort by time', async () => {
  const first = newId();
  const begun = Date.now();
  while (Date.now() === begun) await new Promise((resolve) => setImmediate(resolve));
  expect(newId() > first).toBe(true);
});
