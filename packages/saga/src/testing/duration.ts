/** A length of time: ms as a number, or words such as `250ms`, `5s`, `90m`, `24h`, `30d`. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`;

const MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** The duration in ms. @throws Error if it is none. */
export function msOf(duration: Duration): number {
  if (typeof duration === 'number' && duration >= 0) return duration;
  const [, count, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(String(duration)) ?? [];
  if (unit === undefined) throw new Error(`${duration} is no duration; say 250 (ms), '5s', '90m', '24h' or '30d'`);
  return Number(count) * MS[unit as keyof typeof MS];
}
