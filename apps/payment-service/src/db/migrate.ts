import { bringUpToDate } from '@saga-checkout/participant';
import { runMain } from '@saga-checkout/service';
import { readEnv } from '../env.js';
import { migrations } from './migrations.js';

runMain(async () => {
  await bringUpToDate(readEnv().DB_URL, migrations);
  console.log('payments: schema is up to date');
});
