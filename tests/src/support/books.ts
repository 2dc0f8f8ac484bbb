import { type AuditOptions, audit, linesOf } from '@saga-checkout/auditor';

export type { Acknowledged, Database } from '@saga-checkout/auditor';

/** How long is waited for what may be on its way, in ms. */
const GRACE_MS = 10_000;

/** The broker of the test stack counts once a second what consumers hold. */
const COUNTS_AGE_MS = 1_100;

/** The auditor. Gives what is wrong, one line each, with the invariant's name; nothing if the books balance. */
export async function auditBooks(options: AuditOptions): Promise<string[]> {
  return linesOf(await audit({ graceMs: GRACE_MS, countsAgeMs: COUNTS_AGE_MS, ...options }));
}
