import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { Doors } from '../doors.js';
import { Random } from '../random.js';
import { Customer, type Surroundings } from './customer.js';
import { KINDS, type Kind } from './kinds.js';
import { Post } from './post.js';

type Handler = (req: IncomingMessage, res: ServerResponse) => void;

/** A gateway that answers as a test wants it: the observer must find what is wrong with that, and nothing else. */
let answer: Handler;
let server: Server;
let doors: Doors;
let around: Surroundings;

beforeAll(async () => {
  server = createServer((req, res) => {
    // The whole request, so that an answer does not come before it.
    req.on('data', () => {}).on('end', () => answer(req, res));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => void server.close());
beforeEach(() => {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  doors = new Doors(['one', 'two'].map((name) => ({ name, url, alive: true })));
  const over = performance.now() + 20_000;
  around = { post: new Post(doors), gateways: doors.names, random: new Random(1), told: [], givesUpAt: () => over };
});

const kindOf = (name: string): Kind => KINDS.find((each) => each.name === name) as Kind;
const buy = (kind: Kind) => new Customer(around, kind, 'ann', { id: 'mug', price: '1.00' }).buy();

const json = (
  status: number,
  body: object,
  headers: Record<string, string> = {},
  type = 'application/json',
): Handler => {
  return (_, res) => res.writeHead(status, { 'content-type': type, ...headers }).end(JSON.stringify(body));
};
const order = (id: string) => ({ orderId: id, sagaId: `saga of ${id}`, total: '1.00', currency: 'USD' });
const confirmed = (id = 'o1') => json(201, { ...order(id), status: 'CONFIRMED' }, { location: `/api/orders/${id}` });
const pending = (id = 'o1') => json(202, { ...order(id), status: 'PENDING' }, { location: `/api/orders/${id}/saga` });
const problem = (status: number, code: string, members: object = {}) =>
  json(
    status,
    { code, status, success: false, ...members },
    status === 503 ? { 'retry-after': '1' } : {},
    'application/problem+json',
  );
const breaks: Handler = (req) => req.socket.destroy();

/** One answer after the other, then the last again and again; who looks at the order finds it well. */
function inTurn(...handlers: Handler[]): Handler {
  const left = [...handlers];
  return (req, res) => {
    if (req.method === 'GET') return json(200, { id: 'o1', status: 'CONFIRMED', items: [], total: '1.00' })(req, res);
    return (left.length > 1 ? (left.shift() as Handler) : (left[0] as Handler))(req, res);
  };
}

it('has nothing to say of a shop that keeps its word, however often it is asked', async () => {
  answer = inTurn(problem(503, 'ORCHESTRATOR_FULL'), pending(), confirmed());
  expect(await buy(kindOf('plain'))).toBe('confirmed');
  expect(around.post.problems).toEqual([]);
  expect(around.told.map(({ status }) => status)).toEqual([202, 201]);
  answer = inTurn(problem(402, 'PAYMENT_DECLINED', order('o1')));
  expect(await buy(kindOf('declined'))).toBe('PAYMENT_DECLINED');
  expect(around.post.problems).toEqual([]);
});

it.each([
  ['a 500', 'plain', [problem(500, 'INTERNAL'), confirmed()], 'a status that nobody promised'],
  ['a page in HTML', 'plain', [json(502, {}, {}, 'text/html'), confirmed()], 'a status that nobody promised'],
  ['a broken connection', 'plain', [breaks, confirmed()], 'which was there, did not answer'],
  ['two orders under one key', 'plain', [pending('o1'), confirmed('o2')], 'ann has o1 and o2 under one key'],
  ['a refusal without a reason', 'plain', [problem(402, 'PAYMENT_DECLINED', order('o1'))], 'was told PAYMENT_DECLINED'],
  ['a declined card that has paid', 'declined', [confirmed()], 'was told confirmed'],
  ['two outcomes', 'twice', [confirmed(), problem(503, 'CHECKOUT_FAILED', order('o1'))], 'under one key'],
] as const)('finds %s', async (_, kind, answers, found) => {
  answer = inTurn(...answers);
  await buy(kindOf(kind));
  expect(around.post.problems).toEqual([expect.stringContaining(found)]);
});

it('finds a confirmed order that is not there afterwards', async () => {
  answer = (req, res) => (req.method === 'GET' ? problem(404, 'ORDER_NOT_FOUND') : confirmed())(req, res);
  // Three in ten look.
  for (let customer = 0; customer < 20; customer++) await buy(kindOf('plain'));
  expect(around.post.problems.length).toBeGreaterThan(0);
  for (const found of around.post.problems) expect(found).toContain('was confirmed, and then read as');
});

it('excuses a connection that breaks while its gateway is away', async () => {
  let back = () => {};
  const isBack = new Promise<void>((resolve) => {
    back = resolve;
  });
  const absences = Promise.all(doors.names.map((name) => doors.away(name, isBack)));
  answer = inTurn(breaks, confirmed());
  expect(await buy(kindOf('plain'))).toBe('confirmed');
  expect(around.post).toMatchObject({ problems: [], broken: 1 });
  back();
  await absences;
});
