/** The default ports of everything here: nothing that has to move may move onto one of them. */
export const wellKnownPorts: ReadonlySet<number> = new Set([3000, 3001, 3002, 3003, 3004, 5432, 5672, 15_672]);
