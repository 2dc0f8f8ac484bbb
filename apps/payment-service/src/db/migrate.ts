import { runMain } from '@saga-checkout/service';
import { readEnv } from '../env.js';
import { bringUpToDate } from './migrations.js';

runMain(async () => {
  const { DB_URL } = readEnv();
  await bringUpToDate(DB_URL);
  console.log('payments: schema is up to date');
});
