import { expect, it } from 'vitest';
import { TRIP } from '../testing/process.fixture.js';
import { Scene } from '../testing/scene.fixture.js';
import { crashPointsOf } from './crash-points.js';

it('every boundary that is listed is passed, and every one that is passed is listed', async () => {
  const scene = new Scene();
  const passed = new Set<string>();
  const crashPoint = (name: string) => void passed.add(name);

  const before = scene.start({ crashPoint, fault: ({ name }) => (name === 'hotel.book' ? 'replyLost' : 'none') });
  for (const id of ['own', 'overdue']) await scene.run(before, id);
  await scene.clock.advance(100);
  before.kill();
  const again = scene.start({ crashPoint });
  expect(await scene.ended(again, 'own')).toMatchObject({ status: 'COMPLETED' });

  const dying = scene.start({ owner: 'b', crashPoint, fault: () => 'replyLost' });
  await scene.run(dying, 'left');
  dying.kill();
  expect(await scene.ended(again, 'left')).toMatchObject({ status: 'COMPLETED' });

  const paused = scene.start({ owner: 'd', crashPoint, fault: () => ({ replyAfterMs: 100 }) });
  await scene.run(paused, 'paused');
  for (const kind of ['pause', 'resume'] as const)
    await scene.clock.resolved(paused.runtime.control('paused', { kind }));
  expect(await scene.ended(paused, 'paused')).toMatchObject({ status: 'COMPLETED' });

  scene.world.refusals.set('ticket.issue', 'CLOSED');
  await scene.run(again, 'refused');
  expect(await scene.ended(again, 'refused')).toMatchObject({ status: 'COMPENSATED' });

  const slow = scene.start({ owner: 'c', crashPoint, fault: () => ({ replyAfterMs: 100 }) });
  await scene.run(slow, 'cancelled');
  await scene.clock.resolved(slow.runtime.control('cancelled', { kind: 'cancelRequested', reason: 'no' }));
  expect(await scene.ended(slow, 'cancelled')).toMatchObject({ status: 'COMPENSATED' });

  const deaf = scene.start({ owner: 'e', crashPoint, fault: ({ attempt }) => (attempt === 1 ? 'replyLost' : 'none') });
  await scene.run(deaf, 'again');
  expect(await scene.ended(deaf, 'again')).toMatchObject({ status: 'COMPENSATED' });

  expect([...passed].sort()).toEqual(crashPointsOf(TRIP).sort());
});
