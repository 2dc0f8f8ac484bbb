import { bringUpToDate } from '@saga-checkout/participant';
import { runMain } from '@saga-checkout/service';
import { readEnv } from '../env.js';
import { migrations } from './migrations.js';

// A shop opens without payments: there is nothing to seed, but whoever seeds every service need not know that.
runMain(async () => {
  await bringUpToDate(readEnv().DB_URL, migrations);
  console.log('payments: nothing to seed; payments come from checkouts');
});
