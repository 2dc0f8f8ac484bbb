import { afterEach, expect, it } from 'vitest';
import { Stub, type StubHandler } from '../testing/stub.js';
import { Replicas } from './replicas.js';

const stubs: Stub[] = [];
let replicas: Replicas;
afterEach(async () => {
  await replicas.close();
  await Promise.all(stubs.splice(0).map((stub) => stub.stop()));
});

async function replicasOf(...handlers: StubHandler[]): Promise<Replicas> {
  for (const handler of handlers) stubs.push(await Stub.start(handler));
  replicas = new Replicas(stubs.map(({ url }) => url));
  return replicas;
}

const request = { method: 'GET', path: '/', timeoutMs: 5_000 } as const;

it('asks the other address when one does not answer well, whoever else takes turns meanwhile', async () => {
  const { promise: isAsked, resolve: asked } = Promise.withResolvers<void>();
  const { promise: mayAnswer, resolve: answer } = Promise.withResolvers<void>();
  const sick: StubHandler = async () => {
    asked();
    await mayAnswer;
    return { status: 503 };
  };
  const { ask, send } = bound(await replicasOf(sick, () => ({ status: 200 })));
  const first = ask();
  await isAsked;
  // Somebody else's request is sent to the second address, so that the first has the next turn again.
  expect(await send()).toMatchObject({ status: 200 });
  answer();
  expect(await first).toMatchObject({ status: 200 });
});

it('asks an address last that takes leave, and in turn again once it does not', async () => {
  let isLeaving = true;
  const names: string[] = [];
  const named = (name: string, leaves: () => boolean) => (): ReturnType<StubHandler> => {
    names.push(name);
    return { status: 200, headers: leaves() ? { connection: 'close' } : {} };
  };
  const { ask } = bound(
    await replicasOf(
      named('leaving', () => isLeaving),
      named('other', () => false),
    ),
  );
  for (let times = 0; times < 5; times++) await ask();
  expect(names).toEqual(['leaving', 'other', 'other', 'other', 'other']);
  isLeaving = false;
  await expect
    .poll(async () => {
      await ask();
      return names.at(-1);
    })
    .toBe('leaving');
});

const bound = (of: Replicas) => ({ ask: () => of.ask(request), send: () => of.send(request) });
