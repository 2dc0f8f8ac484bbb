import pg from 'pg';
import type { World } from '../world.js';
import { type Injector, type Lift, nothingToLift } from './injector.js';

/** Backends of the shop's own connections; ours are not among them. */
const OURS = `backend_type = 'client backend' and pid <> pg_backend_pid() and application_name <> 'chaos'`;

/** Some of the databases' connections are ended by the server, whatever they are at. */
export const backendsTerminated: Injector<'backends terminated'> = async (world, { share }) => {
  await asOperator(
    world,
    `select pg_terminate_backend(pid) from pg_stat_activity where ${OURS} and random() < ${share}`,
  );
  return nothingToLift;
};

export const databaseClosed: Injector<'database closed'> = async (world, { database }) => {
  await asOperator(world, `alter database ${database} with allow_connections false`);
  await asOperator(
    world,
    `select pg_terminate_backend(pid) from pg_stat_activity where ${OURS} and datname = '${database}'`,
  );
  return () => asOperator(world, `alter database ${database} with allow_connections true`);
};

/** More than Postgres takes; and so many are opened at a time. */
const [ALL, AT_A_TIME] = [400, 20];

/** Opens connections until there are no more to be had, and has those end that the shop had, so that it needs new ones. */
export const connectionsExhausted: Injector<'connections exhausted'> = async (world) => {
  const held: pg.Client[] = [];
  const open = async () => {
    const client = new pg.Client({ connectionString: world.stack.postgres.url, application_name: 'chaos' });
    client.on('error', () => {}); // another fault may end it
    await client.connect();
    held.push(client);
  };
  await asOperator(world, `select pg_terminate_backend(pid) from pg_stat_activity where ${OURS} and random() < 0.5`);
  for (let count = 0; count < ALL; count += AT_A_TIME) {
    const opened = await Promise.allSettled(Array.from({ length: AT_A_TIME }, open));
    if (opened.some(({ status }) => status === 'rejected')) break;
  }
  const release: Lift = async () => {
    await Promise.allSettled(held.map((client) => client.end()));
  };
  return release;
};

/** On a connection of its own, by no link. */
async function asOperator({ stack }: World, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: stack.postgres.url, application_name: 'chaos' });
  client.on('error', () => {}); // the query rejects
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}
