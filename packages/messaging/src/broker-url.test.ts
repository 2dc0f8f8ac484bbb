import type { ReplyItem } from '@saga-checkout/shared-types';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fromAnyNode } from './broker-url.js';
import { CommandClient } from './command-client.js';
import { BROKER_URL, itemOf, type TestBroker, testBroker } from './test/broker.js';
import { startParticipant } from './test/participant.js';
import { type BrokerProxy, brokerProxy } from './test/proxy.js';
import { recordingLog } from './test/recording-log.js';
import { until } from './test/until.js';

let broker: TestBroker;
/** Two ways to one broker play two nodes of a cluster. */
let nodes: BrokerProxy[];
beforeEach(async () => {
  broker = await testBroker('nodes');
  nodes = await Promise.all([brokerProxy(BROKER_URL), brokerProxy(BROKER_URL)]);
});
afterEach(() => broker.close());

describe('clients of several nodes', () => {
  it('go on with the next node when theirs is gone, and back', async () => {
    const [one, two] = nodes as [BrokerProxy, BrokerProxy];
    const url = nodes.map((node) => node.url);
    const client = new CommandClient({ url, queues: [broker.topology], log: recordingLog(), connectionName: 'nodes' });
    const replies: ReplyItem[] = [];
    client.onReply((reply) => replies.push(reply));
    await client.start();
    const participant = await startParticipant(broker, url);
    const connected = () => client.isConnected() && participant.messaging.isConnected();
    await until('both are connected', connected);
    for (const [lost, other] of [
      [one, two],
      [two, one],
      [one, two],
    ] as const) {
      await lost.stop();
      await until('both are connected by the other way', () => other.links() === 2 && connected());
      const id = String(replies.length);
      client.send([{ name: broker.double.name, queue: broker.queue, item: itemOf(id, { n: 1 }) }]);
      await until('the answer', () => replies.at(-1)?.id === id && replies.at(-1)?.outcome === 'done');
      await lost.resume();
    }
    await participant.app.close();
    await client.close();
    await Promise.all(nodes.map((node) => node.stop()));
  });

  it('begin with any of the nodes and ask each in turn', () => {
    const firsts = new Set(Array.from({ length: 200 }, () => fromAnyNode(['a', 'b', 'c']).join('')));
    expect(firsts).toEqual(new Set(['abc', 'bca', 'cab']));
    expect(fromAnyNode('a')).toEqual(['a']);
  });
});
