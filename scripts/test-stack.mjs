/** For `vitest` by hand: starts the servers that `npm test` would have started, unless somebody has. */
import { startStack } from '../packages/local-stack/dist/index.js';

export default async function setup() {
  if (process.env.TEST_DB_URL) return undefined;
  const stack = await startStack({ profile: 'test' });
  process.env.TEST_DB_URL = stack.postgres.urlFor('postgres');
  process.env.TEST_RABBITMQ_URL = stack.rabbitmq.url;
  process.env.TEST_RABBITMQ_MANAGEMENT_URL = stack.rabbitmq.managementUrl;
  return () => stack.down();
}
