/** The README's first saga: `node packages/saga/examples/first.ts`, after a build. */
import { type CommandSender, MemoryStore, type Outcome, SagaRuntime } from '@saga-checkout/saga';
import { tripSaga } from './first/saga.ts';

// Yours carries commands to other services. This one answers them itself: there is a flight, and no money for it.
const answers: Record<string, Outcome> = {
  'flight.book': { outcome: 'done', data: { price: 300 } },
  'card.charge': { outcome: 'refused', code: 'DECLINED', message: 'no money' },
  'flight.cancel': { outcome: 'done', data: {} },
};
let answer: (id: string, outcome: Outcome) => void;
const sender: CommandSender = {
  onReply(listener) {
    answer = listener;
  },
  send(commands) {
    for (const { id, name } of commands) setImmediate(() => answer(id, answers[name] as Outcome));
  },
};

const store = new MemoryStore();
const runtime = new SagaRuntime({ definitions: [tripSaga], store, sender, owner: 'orchestrator-1' });
await runtime.start();

const sagaId = crypto.randomUUID();
await runtime.run(tripSaga, { sagaId, businessKey: 't-7', input: { tripId: 't-7' } });
const ended = await runtime.ended(sagaId, 5_000);

console.log(
  ended?.status,
  (await store.logs(sagaId)).map(({ event, step }) => `${event} ${step ?? ''}`),
);
await runtime.stop(1_000);
