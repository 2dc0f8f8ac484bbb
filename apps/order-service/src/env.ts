import { type ParticipantEnv, participantEnv } from '@saga-checkout/participant';
import { loadEnv } from '@saga-checkout/service';

/** The service's configuration. Throws a StartupError that lists everything wrong with it. */
export const readEnv = (source: Readonly<Record<string, string | undefined>> = process.env): ParticipantEnv =>
  loadEnv(participantEnv({ port: 3001, database: 'orders' }), source, 'order-service');
