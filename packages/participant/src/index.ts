export { CRASH_POINT, type CrashPoint, noCrashPoint, passWith } from './crash-points.js';
export { bringUpToDate } from './migrations.js';
export { type ParticipantEnv, participantEnv } from './participant-env.js';
export { COUNT_REPEATED, type CountRepeated, countNothing } from './repeated.js';
export { CLOCK, type Log, type Participant, runParticipant } from './run-participant.js';
