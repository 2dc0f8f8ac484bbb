import { runMain } from '@saga-checkout/service';
import { readEnv } from '../env.js';
import { bringUpToDate } from './migrations.js';

// A shop opens without payments: there is nothing to seed, but whoever seeds every service need not know that.
runMain(async () => {
  const { DB_URL } = readEnv();
  await bringUpToDate(DB_URL);
  console.log('payments: nothing to seed; payments come from checkouts');
});
