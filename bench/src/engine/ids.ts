import { randomBytes } from 'node:crypto';

let pool = Buffer.alloc(0);

/** A UUIDv7, as the orchestrator gives its sagas: the time first, so that the journal's index grows at its end. */
export function sagaId(now = Date.now()): string {
  if (pool.length < 10) pool = randomBytes(10_000);
  const random = pool.toString('hex', 0, 10);
  pool = pool.subarray(10);
  const time = now.toString(16).padStart(12, '0');
  const parts = [
    time.slice(0, 8),
    time.slice(8),
    `7${random.slice(0, 3)}`,
    `8${random.slice(3, 6)}`,
    random.slice(6, 18),
  ];
  return parts.join('-');
}
