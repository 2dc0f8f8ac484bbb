import { alternativesOf } from './addresses.js';
import type { Database } from './databases/source.js';
import { CannotCheck } from './problem.js';

/** Where everything is, by default as the local development stack has it. Each may name several hosts. */
const VARIABLES = {
  ORDERS_DB_URL: ['postgres:', 'postgres://postgres:1111@127.0.0.1:5432/orders'],
  INVENTORY_DB_URL: ['postgres:', 'postgres://postgres:1111@127.0.0.1:5432/inventory'],
  PAYMENTS_DB_URL: ['postgres:', 'postgres://postgres:1111@127.0.0.1:5432/payments'],
  ORCHESTRATOR_DB_URL: ['postgres:', 'postgres://postgres:1111@127.0.0.1:5432/orchestrator'],
  RABBITMQ_URL: ['amqp:', 'amqp://admin:admin@127.0.0.1:5672'],
  RABBITMQ_MANAGEMENT_URL: ['http:', 'http://127.0.0.1:15672'],
} as const;
type Variable = keyof typeof VARIABLES;

/** What may stand for what at the beginning of a URL. */
const ALSO: Readonly<Record<string, readonly string[]>> = {
  'postgres:': ['postgresql:'],
  'amqp:': ['amqps:'],
  'http:': ['https:'],
};

export interface Env {
  readonly databaseUrls: Readonly<Record<Database, string>>;
  readonly broker: { readonly url: string; readonly managementUrl: string };
}

/** The auditor's addresses; the only place where it reads the environment. Empty counts as absent. @throws CannotCheck */
export function readEnv(source: Readonly<Record<string, string | undefined>> = process.env): Env {
  const problems: string[] = [];
  const read = (name: Variable, otherwise?: string): string => {
    const [protocol, fallback] = VARIABLES[name];
    const url = source[name] || otherwise || fallback;
    const protocols = [protocol, ...(ALSO[protocol] ?? [])];
    const fits = alternativesOf(url).every((each) => URL.canParse(each) && protocols.includes(new URL(each).protocol));
    if (!fits) problems.push(`${name} is not a URL such as ${fallback}`);
    return url;
  };
  const databaseUrls = {
    orders: read('ORDERS_DB_URL'),
    inventory: read('INVENTORY_DB_URL'),
    payments: read('PAYMENTS_DB_URL'),
    orchestrator: read('ORCHESTRATOR_DB_URL'),
  };
  const url = read('RABBITMQ_URL');
  const broker = { url, managementUrl: read('RABBITMQ_MANAGEMENT_URL', besides(url)) };
  if (problems.length > 0) throw new CannotCheck(problems.join('; '), 'correct or unset what is named');
  return { databaseUrls, broker };
}

/** Where the management interface of that broker is, on each of its hosts, if nobody has moved it. */
const besides = (url: string): string =>
  alternativesOf(url)
    .map((each) => (URL.canParse(each) ? new URL(each).hostname : ''))
    .filter((host) => host !== '')
    .map((host) => `http://${host}:15672`)
    .join(',');
