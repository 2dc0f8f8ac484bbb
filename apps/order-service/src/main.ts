import { runParticipant } from '@saga-checkout/participant';
import { runMain } from '@saga-checkout/service';
import { orderService } from './app.module.js';
import { readEnv } from './env.js';

runMain(() => runParticipant(orderService, readEnv()));
