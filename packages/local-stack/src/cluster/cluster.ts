import { openPlace } from '../place.js';
import { discard } from '../sweep.js';
import { PostgresPair } from './postgres-pair.js';
import { RabbitmqCluster } from './rabbitmq-cluster.js';

/** A broker of three nodes and a database with a standby: throwaway ones of our own, which end with this process. */
export interface Cluster {
  readonly rabbitmq: RabbitmqCluster;
  readonly postgres: PostgresPair;
  /** Where logs and data lie. */
  readonly folder: string;
  /** Ends all of it and removes its data. */
  down(): Promise<void>;
}

/** Starts both, natively. Throws a StackError that says what is missing and what to do about it. */
export async function startCluster(): Promise<Cluster> {
  const place = openPlace('test', process.env);
  const [rabbitmq, postgres] = await Promise.allSettled([RabbitmqCluster.start(place), PostgresPair.start(place)]);
  const down = async () => {
    await Promise.all([rabbitmq, postgres].map((each) => (each.status === 'fulfilled' ? each.value.end() : undefined)));
    discard(place.folder);
  };
  if (rabbitmq.status === 'fulfilled' && postgres.status === 'fulfilled')
    return { rabbitmq: rabbitmq.value, postgres: postgres.value, folder: place.folder, down };
  await down();
  throw rabbitmq.status === 'rejected' ? rabbitmq.reason : (postgres as PromiseRejectedResult).reason;
}
