import { describe, expect, it } from 'vitest';
import { readEnv } from './env.js';

describe('the environment', () => {
  it('is by default what the local development stack has', () => {
    expect(readEnv({ RABBITMQ_URL: '' })).toEqual({
      databaseUrls: {
        orders: 'postgres://postgres:1111@127.0.0.1:5432/orders',
        inventory: 'postgres://postgres:1111@127.0.0.1:5432/inventory',
        payments: 'postgres://postgres:1111@127.0.0.1:5432/payments',
        orchestrator: 'postgres://postgres:1111@127.0.0.1:5432/orchestrator',
      },
      broker: { url: 'amqp://admin:admin@127.0.0.1:5672', managementUrl: 'http://127.0.0.1:15672' },
    });
  });

  it('has the management interface on the broker’s hosts, unless it says otherwise', () => {
    const RABBITMQ_URL = 'amqps://me:1@one:5671,two:5671/shop';
    expect(readEnv({ RABBITMQ_URL }).broker.managementUrl).toBe('http://one:15672,http://two:15672');
    const RABBITMQ_MANAGEMENT_URL = 'https://broker.example';
    expect(readEnv({ RABBITMQ_URL, RABBITMQ_MANAGEMENT_URL }).broker.managementUrl).toBe(RABBITMQ_MANAGEMENT_URL);
  });

  it('may name several hosts of a database', () => {
    const ORDERS_DB_URL = 'postgresql://me:1@one:5432,two:5432/orders?target_session_attrs=read-write';
    expect(readEnv({ ORDERS_DB_URL }).databaseUrls.orders).toBe(ORDERS_DB_URL);
  });

  it('is refused with all that is wrong with it', () => {
    expect(() => readEnv({ ORDERS_DB_URL: 'mysql://x', RABBITMQ_URL: 'localhost:5672' })).toThrow(
      'ORDERS_DB_URL is not a URL such as postgres://postgres:1111@127.0.0.1:5432/orders; RABBITMQ_URL is not a URL such as amqp://admin:admin@127.0.0.1:5672',
    );
  });
});
