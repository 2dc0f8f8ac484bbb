import { howToType } from '../machine/how-to-type.js';
import { withDatabase } from '../postgres/probe.js';
import { databaseNames, rabbitmqLogin, withoutPassword } from '../settings.js';
import { table } from './table.js';

export interface Overview {
  readonly services: readonly { readonly name: string; readonly url: string }[];
  readonly rabbitmqUrl: string;
  readonly managementUrl: string | undefined;
  readonly postgresUrl: string;
}

const sample = { productId: '660facf7-b9cf-417a-8ee1-27afe2fb2c72', quantity: 1, price: '29.99' };

/** What runs where, one checkout that works when pasted, and how to see what it did. */
export function overview(all: Overview): string {
  const gateway = all.services.find(({ name }) => name === 'api-gateway')?.url.replace('127.0.0.1', 'localhost');
  const shop = gateway ?? 'http://localhost:3000';
  return [
    table(rowsOf(all, shop)),
    '',
    '  One checkout:',
    '',
    indent(checkoutCommand(shop)),
    '',
    '  What it did (put the orderId of the answer in place of ORDER_ID):',
    '',
    indent(`curl -s ${shop}/api/orders/ORDER_ID/saga`),
    '',
    '  The same from the journal, for the newest saga:',
    '',
    indent(howToType(`stack sql orchestrator "${newestSaga}"`)),
  ].join('\n');
}

const indent = (text: string) => `    ${text}`;

const newestSaga =
  'select seq, event, step, attempt, created_at from saga_logs ' +
  'where saga_id = (select saga_id from saga_state order by created_at desc limit 1) order by seq';

function checkoutCommand(shop: string): string {
  const body = JSON.stringify({ userId: 'ada', items: [sample] });
  return `curl -s -X POST ${shop}/api/checkout -H 'Content-Type: application/json' -d '${body}'`;
}

function rowsOf(all: Overview, shop: string): string[][] {
  const login = `${rabbitmqLogin.user} / ${rabbitmqLogin.password}`;
  const management = all.managementUrl === undefined ? [] : [['RabbitMQ page', all.managementUrl, `login ${login}`]];
  return [
    ['shop API', `${shop}/api`, `health: ${shop}/health`],
    ...all.services
      .filter(({ name }) => name !== 'api-gateway')
      .map(({ name, url }) => [name, url, `health: ${url}/health`]),
    ['RabbitMQ', withoutPassword(all.rabbitmqUrl), ''],
    ...management,
    ['Postgres', withDatabase(all.postgresUrl, ''), `databases: ${databaseNames.join(', ')}`],
    ['logs', howToType('stack logs -f'), 'of all, or of one: name it'],
  ];
}
