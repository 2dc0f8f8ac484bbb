import { readFileSync } from 'node:fs';
import type { Acknowledged } from '../orders/acknowledged.js';
import { CannotCheck, messageOf } from '../problem.js';

/** Reads what customers were told: one JSON object a line. @throws CannotCheck */
export function readAcknowledged(path: string): Acknowledged[] {
  const cure = 'give a file of lines such as {"orderId":"…","sagaId":"…","status":201}';
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new CannotCheck(`${path} cannot be read: ${messageOf(error)}`, cure);
  }
  return text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return [];
    const told = parse(line);
    if (!isAcknowledged(told)) throw new CannotCheck(`${path}, line ${index + 1}, does not say what was told`, cure);
    return told;
  });
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function isAcknowledged(value: unknown): value is Acknowledged {
  const { orderId, sagaId, status } = (value ?? {}) as Record<string, unknown>;
  return typeof orderId === 'string' && typeof sagaId === 'string' && typeof status === 'number';
}
