import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { startGateway, type TestGateway } from '../testing/gateway.js';
import { Stub, type StubAnswer } from '../testing/stub.js';

const SAGA = '01a1fb1a-e211-762a-9f4c-dae317f60723';

let answer: StubAnswer;
let orchestrator: Stub;
let gateway: TestGateway;

beforeAll(async () => {
  orchestrator = await Stub.start(() => answer);
  gateway = await startGateway({
    orchestrators: [orchestrator.url],
    authenticateOperator: () => ({ kind: 'known', userId: 'olga', isAdmin: true }),
  });
});
afterAll(async () => {
  await gateway.stop();
  await orchestrator.stop();
});
beforeEach(() => {
  orchestrator.requests.length = 0;
});

async function ask(path: string, body?: object) {
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const response = await fetch(`${gateway.url}${path}`, body === undefined ? {} : init);
  return { status: response.status, body: JSON.parse(await response.text()) };
}

it('hands an action on, in the operator’s name', async () => {
  answer = { status: 202, body: { id: SAGA, businessKey: SAGA, status: 'COMPENSATING', internal: 'not shown' } };
  const { status, body } = await ask(`/api/sagas/${SAGA}/retry`, { reason: 'the bank is back' });
  expect({ status, body }).toEqual({ status: 202, body: { id: SAGA, businessKey: SAGA, status: 'COMPENSATING' } });
  const [request] = orchestrator.requests;
  expect(request?.path).toBe(`/sagas/${SAGA}/retry`);
  expect(request?.body).toEqual({ reason: 'the bank is back', by: 'olga' });
});

it('lets nobody act in another’s name', async () => {
  const { status, body } = await ask(`/api/sagas/${SAGA}/retry`, { reason: 'why not', by: 'eve' });
  expect({ status, errors: body.errors }).toMatchObject({ status: 400, errors: [{ pointer: '/by' }] });
  expect(orchestrator.requests).toEqual([]);
});

it('hands the query of a list on once it is checked', async () => {
  answer = { status: 200, body: { items: [] } };
  await ask('/api/sagas?status=PAUSED,COMPENSATION_FAILED&olderThanSeconds=60');
  expect(orchestrator.requests[0]?.path).toBe('/sagas?status=PAUSED%2CCOMPENSATION_FAILED&olderThanSeconds=60');
  const { status, body } = await ask('/api/sagas?status=LOST&limit=0&limit=2&color=red');
  const pointers = body.errors.map(({ pointer }: { pointer: string }) => pointer);
  expect({ status, code: body.code }).toEqual({ status: 400, code: 'INVALID_QUERY' });
  expect(pointers).toEqual(expect.arrayContaining(['/query/limit', '/query/status/0']));
  expect(orchestrator.requests).toHaveLength(1);
});

it.each([
  ['a saga that is not in that state', { status: 409, body: { code: 'NOT_APPLICABLE', message: 'it has ended' } }, 409],
  ['one that nobody knows', { status: 404, body: { code: 'SAGA_NOT_FOUND', message: 'there is none' } }, 404],
  ['a body that is refused', { status: 400, body: { code: 'INVALID_REQUEST', message: 'see errors' } }, 400],
  ['a journal that is away', { status: 503, body: { code: 'JOURNAL_UNAVAILABLE', message: 'it is away' } }, 503],
  ['an orchestrator that speaks HTML', { status: 502, body: '<html>' }, 503],
  ['an orchestrator that is gone', 'cut' as const, 503],
])('tells of %s as a problem', async (_what, given, status) => {
  answer = given;
  const result = await ask(`/api/sagas/${SAGA}/pause`, { reason: 'a look' });
  expect(result).toMatchObject({ status, body: { success: false, status } });
  // An action is not asked for twice.
  expect(orchestrator.requests).toHaveLength(1);
});

it('knows its actions', async () => {
  expect(await ask(`/api/sagas/${SAGA}/explode`, { reason: 'x' })).toMatchObject({ status: 404 });
  expect(await ask('/api/sagas/none/retry', { reason: 'x' })).toMatchObject({ status: 400 });
  expect(await ask(`/api/sagas/${SAGA}/retry`)).toMatchObject({ status: 405 });
  expect(orchestrator.requests).toEqual([]);
});
