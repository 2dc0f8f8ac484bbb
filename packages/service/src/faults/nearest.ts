/** The names that look most like this one, the likeliest first. */
export function nearest(name: string, known: readonly string[], most = 4): string[] {
  const distances = known.map((each) => ({ each, distance: distanceOf(name, each) }));
  distances.sort((one, other) => one.distance - other.distance);
  return distances.slice(0, most).map(({ each }) => each);
}

/** How many letters must be added, left out or changed to come from one to the other (Levenshtein). */
function distanceOf(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [index, letter] of [...from].entries()) {
    const next = [index + 1];
    for (let column = 1; column <= to.length; column++) {
      const changed = (row[column - 1] ?? 0) + (to[column - 1] === letter ? 0 : 1);
      next.push(Math.min(changed, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
