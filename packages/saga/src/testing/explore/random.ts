/** An even-looking whole number below `below`, from a text (FNV-1a, then a finishing mix). The same text gives the same. */
export function drawn(text: string, below: number): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) % below;
}

/** So many of the items, in their order, drawn evenly; all of them if there are no more. */
export function sample<T>(items: readonly T[], count: number, seed: string): readonly T[] {
  if (items.length <= count) return items;
  const ranked = items.map((item, index) => ({ item, index, rank: drawn(`${seed}:${index}`, 2 ** 32) }));
  ranked.sort((one, other) => one.rank - other.rank || one.index - other.index);
  const chosen = ranked.slice(0, count).sort((one, other) => one.index - other.index);
  return chosen.map(({ item }) => item);
}

/** So many in all, from each group as many as from the others, as far as it has them. */
export function sampleEach<T>(groups: readonly (readonly T[])[], count: number, seed: number): readonly T[] {
  const order = [...groups.keys()].sort((one, other) => (groups[one]?.length ?? 0) - (groups[other]?.length ?? 0));
  const samples = new Map<number, readonly T[]>();
  let left = count;
  order.forEach((group, done) => {
    const share = Math.ceil(left / (order.length - done));
    const sampled = sample(groups[group] ?? [], share, `${seed} ${group}`);
    left -= sampled.length;
    samples.set(group, sampled);
  });
  return groups.flatMap((_, group) => samples.get(group) ?? []);
}
