import { beforeEach, describe, expect, it } from 'vitest';
import { Scene } from '../testing/scene.fixture.js';
import type { Fault } from '../testing/world.fixture.js';

let scene: Scene;
beforeEach(() => {
  scene = new Scene();
});

/** The first booking of the hotel gets lost. */
const hotelLost = ({ name, attempt }: { name: string; attempt: number }): Fault =>
  name === 'hotel.book' && attempt === 1 ? 'commandLost' : 'none';

const connectionLost = { outcome: 'failed', code: 'CONNECTION_LOST', message: 'gone', transport: true } as const;

describe('while the way to the participants is closed', () => {
  it('nothing is sent again; when it opens, everything goes on at once, however long that was', async () => {
    const process = scene.start({ fault: hotelLost });
    await scene.run(process, '1');
    await scene.clock.advance(100);
    process.sender.connected = false;
    process.sender.answer('1:bookHotel:do:1', connectionLost);
    await scene.clock.advance(120_000);
    expect(process.sender.names).toEqual(['flight.book', 'hotel.book']);
    expect(await scene.count('1', 'STEP_RETRIED')).toBe(0);
    process.sender.connected = true;
    await scene.clock.advance(100);
    expect(await scene.saga('1')).toMatchObject({ status: 'COMPLETED' });
    await scene.isSound('1');
  });

  it('a process that starts takes nothing over; when it opens, it does at once, without a failed attempt', async () => {
    const before = scene.start({ fault: hotelLost });
    await scene.run(before, '1');
    await scene.clock.advance(100);
    before.kill();
    const [after, other] = [scene.start({ connected: false }), scene.start({ owner: 'b', connected: false })];
    await scene.clock.advance(60_000);
    expect([after.runtime.hasSwept(), other.runtime.hasSwept()]).toEqual([false, false]);
    expect(await scene.count('1', 'SAGA_CLAIMED')).toBe(0);
    after.sender.connected = true;
    await scene.clock.advance(100);
    expect(after.sender.names).toEqual(['hotel.book 2', 'card.charge', 'ticket.issue']);
    expect(await scene.saga('1')).toMatchObject({ status: 'COMPLETED' });
    expect(await scene.count('1', 'STEP_FAILED')).toBe(0);
    await scene.isSound('1');
  });

  it('one that has a way takes over from one that has none', async () => {
    const cut = scene.start({ fault: hotelLost });
    await scene.run(cut, '1');
    await scene.clock.advance(100);
    cut.sender.connected = false;
    cut.sender.answer('1:bookHotel:do:1', connectionLost);
    scene.start({ owner: 'b' });
    await scene.clock.advance(2_000);
    expect(await scene.saga('1')).toMatchObject({ status: 'COMPLETED' });
    cut.sender.connected = true;
    await scene.clock.advance(10_000);
    await scene.isSound('1');
  });
});
