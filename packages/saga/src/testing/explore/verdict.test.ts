import { describe, expect, it } from 'vitest';
import { fold } from '../../core/evolve.js';
import type { LogEntry } from '../../core/log.js';
import { SagaTestRunner } from '../saga-test-runner.js';
import { tripInputOf, tripSaga } from '../trip.fixture.js';
import { tripParticipants } from '../trip-participants.fixture.js';
import type { RunReport } from './exploration-run.js';
import { outcomeOf, problemsOf } from './verdict.js';

const TRIP = tripSaga();

/** A sound run: what came of a real one, as an exploration reports it. */
async function report(refused = false): Promise<RunReport> {
  const participants = tripParticipants();
  const executed: RunReport['executed'][number][] = [];
  const handlers = Object.fromEntries(
    Object.entries(participants.handlers).map(([name, handle]) => [
      name,
      (payload: never, call: Parameters<typeof handle>[1]) => {
        const data = handle(payload, call);
        executed.push({ command: call.command, outcome: { outcome: 'done', data } });
        return data;
      },
    ]),
  );
  const runner = new SagaTestRunner(TRIP, { participants: handlers });
  if (refused) runner.fault('hotel.book', { refusal: 'NO_ROOM' });
  await runner.start(tripInputOf('t'));
  const saga = await runner.ended();
  return { saga, logs: runner.logs, points: [], executed, participants, problems: [], story: [] };
}

const changed = (logs: readonly LogEntry[], change: (logs: LogEntry[]) => void): LogEntry[] => {
  const copies = structuredClone(logs) as LogEntry[];
  change(copies);
  return copies;
};

describe('a run', () => {
  it('that is sound has no problems', async () => {
    const [completed, compensated] = [await report(), await report(true)];
    expect([...problemsOf(TRIP, completed), ...problemsOf(TRIP, compensated)]).toEqual([]);
    expect([outcomeOf(completed), outcomeOf(compensated)]).toEqual(['COMPLETED', 'COMPENSATED (NO_ROOM)']);
  });

  it('must leave a saga behind', async () => {
    const { saga: _, ...rest } = await report();
    expect(problemsOf(TRIP, { ...rest, saga: undefined })).toEqual([expect.stringContaining('no such saga')]);
    expect(outcomeOf({ ...rest, saga: undefined })).toBe('NO SAGA');
  });

  it('passes on what was found before', async () => {
    expect(problemsOf(TRIP, { ...(await report()), problems: ['a lamp is broken'] })).toEqual(['a lamp is broken']);
  });

  it('must have a journal without gaps that folds to the saga', async () => {
    const sound = await report();
    const problems = (logs: readonly LogEntry[]) => problemsOf(TRIP, { ...sound, logs });
    expect(problems(changed(sound.logs, (logs) => logs.splice(3, 1)))).toEqual([
      expect.stringContaining('a gap, or one seq twice, before its entry 5'),
    ]);
    expect(problems(sound.logs.slice(0, -1))).toEqual(['the journal does not fold to the saga as it is']);
    expect(problems(sound.logs.slice(0, 0))[0]).toContain('the journal cannot be folded');
  });

  it('must start nothing once the saga fails', async () => {
    const sound = await report(true);
    const { event, data, attempt } = sound.logs.find((entry) => entry.event === 'STEP_STARTED') as LogEntry;
    const seq = sound.logs.findIndex((entry) => entry.event === 'STEP_REFUSED') + 2;
    const started = { event, data, attempt, seq, step: 'chargeCard', at: 0 } as LogEntry;
    const logs = [...sound.logs.slice(0, seq - 1), started];
    const saga = fold(logs, sound.saga?.sagaId);
    expect(problemsOf(TRIP, { ...sound, logs, saga })).toContainEqual(
      `chargeCard was started although the saga was failing (entry ${seq})`,
    );
  });

  it('must have done what the saga says, and not have taken it back', async () => {
    const sound = await report();
    const without = sound.executed.filter(({ command }) => command.step !== 'bookHotel');
    expect(problemsOf(TRIP, { ...sound, executed: without })).toEqual([
      'the saga says that bookHotel was done, and it never was',
    ]);
    const hotel = sound.executed.find(({ command }) => command.step === 'bookHotel') as (typeof sound.executed)[number];
    const undone = { ...hotel, command: { ...hotel.command, phase: 'undo' as const } };
    expect(problemsOf(TRIP, { ...sound, executed: [...sound.executed, undone] })).toEqual([
      'bookHotel was taken back although the saga completed',
    ]);
  });

  it('must have taken everything back that was done', async () => {
    const sound = await report(true);
    const executed = sound.executed.filter(({ command }) => command.phase === 'do');
    const left = { ...sound, executed };
    expect(problemsOf(TRIP, left)).toEqual(['bookFlight was done and never taken back (the saga says: COMPENSATED)']);
    const late = { ...sound, executed: [...sound.executed, ...executed] };
    expect(problemsOf(TRIP, late)).toEqual([
      'bookFlight was done after it had been taken back: a late action must be refused',
    ]);
  });
});
