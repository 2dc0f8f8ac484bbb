/** A process that passes one boundary three times, for the tests of fault plans. */
import { createFaults } from '../../dist/index.js';

const point = 'stock:after-commit:stock.take';
const { FAULT_PLAN, FAULT_RECORD } = process.env;
const faults = createFaults({ service: 'stock', points: [point], messages: [], env: { FAULT_PLAN, FAULT_RECORD } });
for (const time of [1, 2, 3]) {
  faults?.reached(point);
  process.stdout.write(`passed ${time}\n`);
}
