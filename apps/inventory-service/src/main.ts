import { runParticipant } from '@saga-checkout/participant';
import { runMain } from '@saga-checkout/service';
import { inventoryService } from './app.module.js';
import { readEnv } from './env.js';

runMain(() => runParticipant(inventoryService, readEnv()));
