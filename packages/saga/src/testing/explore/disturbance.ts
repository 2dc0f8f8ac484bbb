/** What can be done at a point: which kind of thing is met there. */
const ACTIONS = {
  /**
   * A process of the engine. `restart`: it dies, one of the same name starts; `takeover`: it dies, one of another name takes
   * over; `stall`: it stalls until another one has taken over, and then goes on as if nothing had happened; `stop`: it is told
   * to stop, and hands over to one of another name; `cancel`: nothing happens to it, but somebody wants the saga cancelled.
   */
  process: ['restart', 'takeover', 'stall', 'stop', 'cancel'],
  /** A participant's process dies: no answer comes, but what it has committed stays. */
  participant: ['die'],
  /**
   * A command on its way. `lose`; `repeat`: it arrives twice; `echo`: it arrives again after the saga's end; `delay`: it
   * arrives after the saga has stopped waiting for its answer; `late`: it arrives after the saga's end.
   */
  command: ['lose', 'repeat', 'echo', 'delay', 'late'],
  reply: ['lose', 'repeat', 'delay', 'late'],
  /** A local function is called. `lose`: it never comes to doing anything. */
  call: ['lose'],
  /** A local function has done its work. `lose`: it never returns; `delay`: not in time. */
  return: ['lose', 'delay'],
  /** A message while others are on their way. `overtake`: they arrive before it. */
  crowded: ['overtake'],
} as const;

export type PointKind = keyof typeof ACTIONS;
export type Action = (typeof ACTIONS)[PointKind][number];

/** A moment of a run, by a name that no other moment of the run has. */
export interface Point {
  readonly kinds: readonly PointKind[];
  readonly name: string;
}

/** Something that goes wrong in a run, once. */
export interface Disturbance {
  readonly action: Action;
  readonly at: string;
}

/** Actions after which a process is not what it was, or the saga goes another way: those that pairs are made of. */
const CRASHES: readonly Action[] = ['restart', 'takeover', 'stall', 'stop', 'die'];

export const isCrash = ({ action }: Disturbance): boolean => CRASHES.includes(action);

/** All that can go wrong at a point. */
export function disturbancesAt({ kinds, name }: Point, allowed: (action: Action) => boolean): Disturbance[] {
  return kinds.flatMap((kind) => ACTIONS[kind].filter(allowed).map((action) => ({ action, at: name })));
}

/** What a run is called, so that it can be run again. */
export function labelOf(seed: number, scenario: string, disturbances: readonly Disturbance[]): string {
  const parts = disturbances.map(({ action, at }) => `${action} ${at}`);
  return [`seed ${seed}`, scenario, ...parts].join(' | ');
}

/** What a label says. @throws Error if it is none. */
export function parseLabel(label: string): { seed: number; scenario: string; disturbances: Disturbance[] } {
  const [seed = '', scenario, ...parts] = label.split(' | ');
  const number = /^seed (\d+)$/.exec(seed)?.[1];
  if (number === undefined || scenario === undefined)
    throw new Error(`"${label}" is no label of a run; copy it from the message of the failure`);
  const disturbances = parts.map((part): Disturbance => {
    const [action = '', ...at] = part.split(' ');
    if (!Object.values(ACTIONS).some((actions) => (actions as readonly string[]).includes(action)))
      throw new Error(`"${part}" is nothing that can go wrong`);
    return { action: action as Action, at: at.join(' ') };
  });
  return { seed: Number(number), scenario, disturbances };
}
