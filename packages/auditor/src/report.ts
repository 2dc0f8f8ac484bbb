import type { Findings, Offence } from './findings.js';
import { type InvariantName, invariants } from './invariants.js';
import type { CannotCheck } from './problem.js';
import type { Unended } from './sagas/unended.js';

/** What was found of one invariant. */
export interface InvariantReport {
  readonly name: InvariantName;
  readonly holds: 'always' | 'rest';
  readonly sentence: string;
  /** `not asked`: it holds at rest only, and the shop was asked while it runs. */
  readonly result: 'ok' | 'broken' | 'unknown' | 'not asked';
  /** How many rows were checked, of what. */
  readonly checked: number;
  readonly of: string;
  readonly offending: number;
  /** The first rows that offend. */
  readonly first: readonly Omit<Offence, 'invariant' | 'uncertain' | 'what'>[];
  /** Why it is unknown, and what to do about that. */
  readonly problem?: { readonly message: string; readonly cure: string };
}

/** What an audit has found. */
export interface Report {
  /** `clean`: all that was asked holds. `unknown`: nothing is broken, but not everything could be checked. */
  readonly result: 'clean' | 'broken' | 'unknown';
  readonly moment: 'any' | 'rest';
  /** RFC 3339. */
  readonly startedAt: string;
  readonly tookMs: number;
  readonly invariants: readonly InvariantReport[];
  /** Sagas that have not ended, though they were waited for: what holds at rest was not asked of their orders. */
  readonly unended: { readonly count: number; readonly first: readonly Unended[] };
}

/** What the report is made of. */
export interface Material {
  readonly moment: Report['moment'];
  readonly startedAt: Date;
  readonly tookMs: number;
  readonly findings: Findings;
  /** How many offences of each invariant are told. */
  readonly told: number;
  readonly problems: ReadonlyMap<InvariantName, CannotCheck>;
  readonly unended: Report['unended'];
}

export function reportOf({ moment, startedAt, tookMs, unended, ...material }: Material): Report {
  const all = invariants.map((invariant) => invariantReport(invariant, moment, material));
  const isBroken = all.some(({ result }) => result === 'broken');
  const isUnknown = unended.count > 0 || all.some(({ result }) => result === 'unknown');
  const result = isBroken ? 'broken' : isUnknown ? 'unknown' : 'clean';
  return { result, moment, startedAt: startedAt.toISOString(), tookMs: Math.round(tookMs), invariants: all, unended };
}

function invariantReport(
  { name, holds, sentence, of }: (typeof invariants)[number],
  moment: Report['moment'],
  { findings, told, problems }: Pick<Material, 'findings' | 'told' | 'problems'>,
): InvariantReport {
  const offending = findings.offendingOf(name);
  const problem = problems.get(name);
  const asked = moment === 'rest' || holds === 'always';
  const result = offending > 0 ? 'broken' : !asked ? 'not asked' : problem ? 'unknown' : 'ok';
  const offences = findings.offencesOf(name).slice(0, told);
  const first = offences.map(({ invariant: _, uncertain: __, what: ___, ...rest }) => rest);
  return {
    ...{ name, holds, sentence, result, checked: findings.checkedOf(name), of, offending, first },
    ...(problem && { problem: { message: problem.message, cure: problem.cure } }),
  };
}

/** The report's offences as lines, in the order of the invariants: `I2: …`; many of a kind are counted. */
export function linesOf({ invariants: all, unended }: Report): string[] {
  const broken = all.flatMap(({ name, offending, first, problem }) => {
    const more = offending - first.length;
    return [
      ...first.map(({ text }) => `${name}: ${text}`),
      ...(more > 0 ? [`${name}: … and ${more} more`] : []),
      ...(problem ? [`${name} could not be checked: ${problem.message}; ${problem.cure}`] : []),
    ];
  });
  const open = unended.first.map(({ text }) => `not ended: ${text}`);
  const more = unended.count - unended.first.length;
  return [...broken, ...open, ...(more > 0 ? [`not ended: … and ${more} more`] : [])];
}
