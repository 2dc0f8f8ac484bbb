/** What a year costs, in cents: the first five seats at 60, each further one at 48. */
export function priceOf(seats: number): number {
  return Math.min(seats, 5) * 6_000 + Math.max(0, seats - 5) * 4_800;
}
