import { afterAll, expect, inject } from 'vitest';
import { ShopClient } from './shop-client.js';
import { type TestServers, urlOnServer } from './stack.js';

/**
 * The shop that is open for all test files that kill nothing. When the file is done, all sagas must end and the books
 * must balance.
 */
export function sharedShop(): ShopClient {
  const shop = new ShopClient(inject('shop'));
  afterAll(async () => {
    await shop.settled();
    expect(await shop.problems()).toEqual([]);
    await shop.close();
  });
  return shop;
}

/** The servers of the test run, for a file that opens a shop of its own beside the shared one. They stay up. */
export function sharedServers(): TestServers {
  const serverUrl = inject('postgresUrl');
  return {
    folder: inject('folder'),
    rabbitmq: { url: inject('rabbitmqUrl'), managementUrl: inject('managementUrl') },
    postgres: { urlFor: (database) => urlOnServer(serverUrl, database) },
  };
}
