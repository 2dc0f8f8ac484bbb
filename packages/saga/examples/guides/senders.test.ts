import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CommandSender, MemoryStore, type Outcome, type OutgoingCommand, SagaRuntime } from '@saga-checkout/saga';
import { expect, it } from 'vitest';
import { trip } from '../trip/saga.ts';

/** Carries commands over HTTP: the answer to the POST is the participant's. */
class HttpSender implements CommandSender {
  readonly #urls: Readonly<Record<string, string>>;
  #listener: (id: string, outcome: Outcome) => void = () => {};

  constructor(urlsByQueue: Readonly<Record<string, string>>) {
    this.#urls = urlsByQueue;
  }

  onReply(listener: (id: string, outcome: Outcome) => void): void {
    this.#listener = listener;
  }

  send(commands: readonly OutgoingCommand[]): void {
    for (const command of commands) {
      void this.#post(command).then((outcome) => this.#listener(command.id, outcome));
    }
  }

  async #post({ id, name, queue, payload, traceparent }: OutgoingCommand): Promise<Outcome> {
    try {
      const response = await fetch(`${this.#urls[queue]}/${name}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-command-id': id, ...(traceparent && { traceparent }) },
        body: JSON.stringify(payload),
        signal: AbortSignal.timeout(30_000),
      });
      if (response.ok) return (await response.json()) as Outcome;
      return { outcome: 'failed', code: `HTTP_${response.status}`, message: `${name} was answered ${response.status}` };
    } catch (error) {
      return { outcome: 'failed', code: 'UNREACHABLE', message: String(error) };
    }
  }
}

it('a saga runs over HTTP', async () => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    // A participant that is restarting: the saga asks again.
    if (asked.length === 1) return void response.writeHead(503).end();
    const soldOut = request.url === '/car.book';
    const data = request.url === '/card.charge' ? { receipt: 'r' } : { price: 100, number: '1' };
    const outcome = soldOut
      ? { outcome: 'refused', code: 'SOLD_OUT', message: 'none left' }
      : { outcome: 'done', data };
    response.end(JSON.stringify(outcome));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const sender = new HttpSender({ flights: url, hotels: url, cars: url });

  const runtime = new SagaRuntime({ definitions: [trip], store: new MemoryStore(), sender, owner: 'guide' });
  await runtime.start();
  const sagaId = crypto.randomUUID();
  await runtime.run(trip, { sagaId, businessKey: 't-1', input: { tripId: 't-1', insured: false } });
  expect(await runtime.ended(sagaId, 10_000)).toMatchObject({ status: 'COMPENSATED', failure: { code: 'SOLD_OUT' } });
  expect(asked.slice(-2).toSorted()).toEqual(['/flight.cancel', '/hotel.cancel']);
  await runtime.stop(0);
  await new Promise((resolve) => server.close(resolve));
});
