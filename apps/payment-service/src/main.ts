import { runParticipant } from '@saga-checkout/participant';
import { runMain } from '@saga-checkout/service';
import { paymentService } from './app.module.js';
import { readEnv } from './env.js';

runMain(async () => {
  const env = readEnv();
  await runParticipant(paymentService(env), env);
});
