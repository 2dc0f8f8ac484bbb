import { beforeEach, describe, expect, it } from 'vitest';
import type { SagaDefinition } from '../core/definition.js';
import { type Process, TRIP } from '../testing/process.fixture.js';
import { Scene } from '../testing/scene.fixture.js';

let scene: Scene;
beforeEach(() => {
  scene = new Scene();
});

/** The trip without its last step, under the same version. */
const CHANGED: SagaDefinition = { ...TRIP, steps: TRIP.steps.slice(0, 3) };
const code = (expected: string) => expect.objectContaining({ code: expected });
const cancel = { kind: 'cancelRequested', reason: 'a test' } as const;

/** A saga whose process has died. */
async function underWay(): Promise<void> {
  const process = scene.start({ fault: () => 'commandLost' });
  await scene.run(process, '1');
  process.kill();
}

/** Why it does not start. */
const refusalOf = ({ started }: Process) => scene.clock.resolved(started.catch((error: unknown) => error));

describe('a definition that was changed under the same version', () => {
  it('is refused while a saga of the former one is under way, saying what was changed and what to do', async () => {
    await underWay();
    const process = scene.start({ definitions: [CHANGED] });
    const refusal = await refusalOf(process);
    expect(refusal).toMatchObject({ code: 'DEFINITION_CHANGED', message: expect.stringContaining('issueTicket') });
    expect(refusal).toMatchObject({ message: expect.stringContaining('another version') });
    expect(process.lines.filter((line) => line.startsWith('error'))).toHaveLength(1);
  });

  it('lets nothing be done then: nothing is taken over, started, or asked for', async () => {
    await underWay();
    const before = await scene.store.logs('1');
    const process = scene.start({ definitions: [CHANGED] });
    await refusalOf(process);
    await expect(scene.run(process, '2', CHANGED)).rejects.toEqual(code('DEFINITION_CHANGED'));
    await expect(process.runtime.control('1', cancel)).rejects.toEqual(code('DEFINITION_CHANGED'));
    await expect(process.runtime.signal('1', 'x', {})).rejects.toEqual(code('DEFINITION_CHANGED'));
    await scene.clock.advance(60_000);
    expect([await scene.store.logs('1'), await scene.saga('2'), process.sender.sent]).toEqual([before, undefined, []]);
    expect(process.runtime.hasSwept()).toBe(false);
  });

  it('is refused to who asks before the first sweep is through, too', async () => {
    await underWay();
    const process = scene.start({ definitions: [CHANGED], connected: false });
    await expect(scene.run(process, '2', CHANGED)).rejects.toEqual(code('DEFINITION_CHANGED'));
    expect(await scene.saga('2')).toBeUndefined();
  });

  it('takes the place of the former one if no saga of that is under way', async () => {
    await underWay();
    await scene.ended(scene.start(), '1');
    const process = scene.start({ owner: 'b', definitions: [CHANGED] });
    await scene.clock.resolved(process.started);
    await scene.run(process, '2', CHANGED);
    expect(await scene.ended(process, '2')).toMatchObject({ status: 'COMPLETED' });
    await refusalOf(scene.start({ owner: 'c', fault: () => 'commandLost' }));
  });

  it('may run beside the former one under another version: each saga goes on under its own', async () => {
    await underWay();
    const second = { ...CHANGED, version: 2 };
    const process = scene.start({ definitions: [TRIP, second] });
    await scene.clock.resolved(process.started);
    await scene.run(process, '2', second);
    for (const id of ['1', '2']) expect(await scene.ended(process, id)).toMatchObject({ status: 'COMPLETED' });
    const names = (id: string) => process.sender.sent.filter(({ sagaId }) => sagaId === id).map(({ name }) => name);
    expect(names('1')).toEqual(['flight.book', 'hotel.book', 'card.charge', 'ticket.issue']);
    expect(names('2')).toEqual(['flight.book', 'hotel.book', 'card.charge']);
    expect(await process.runtime.missingDefinitions()).toEqual([]);
  });

  it('is no matter if only what may change was changed', async () => {
    await underWay();
    const patient = { ...TRIP, steps: TRIP.steps.map((step) => ({ ...step, timeoutMs: 9_000 })) } as SagaDefinition;
    const process = scene.start({ definitions: [patient] });
    await scene.clock.resolved(process.started);
    expect(await scene.ended(process, '1')).toMatchObject({ status: 'COMPLETED' });
  });
});

describe('starting', () => {
  it('is done once what was left behind is under way again', async () => {
    await underWay();
    const process = scene.start();
    await scene.clock.resolved(process.started);
    expect([process.runtime.hasSwept(), process.runtime.activeCount]).toEqual([true, 1]);
  });

  it('waits for the journal, and nothing is started before it has been asked', async () => {
    const process = scene.start({ away: true });
    let started = false;
    void process.started.then(() => {
      started = true;
    });
    await scene.clock.advance(10_000);
    await expect(scene.run(process, '1')).rejects.toEqual(code('JOURNAL_UNAVAILABLE'));
    expect([started, process.lines.filter((line) => line.startsWith('warn')).length]).toEqual([false, 1]);
    process.connection.away = false;
    await scene.clock.advance(300);
    expect(started).toBe(true);
  });

  it('does not keep a wish waiting for ever if the journal does not answer', async () => {
    await underWay();
    const process = scene.start({ controlTimeoutMs: 2_000 });
    process.connection.dead = true;
    const asked = process.runtime.control('1', cancel);
    await expect(scene.clock.resolved(asked)).rejects.toEqual(code('JOURNAL_UNAVAILABLE'));
  });

  it('is over when the process stops before it is done', async () => {
    const process = scene.start({ away: true });
    await scene.clock.resolved(process.runtime.stop(0));
    await scene.clock.resolved(process.started);
    expect(process.runtime.hasSwept()).toBe(false);
  });
});
