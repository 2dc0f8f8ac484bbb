import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from '@saga-checkout/local-stack';
import { FAULTY, type Faulty } from '../shop/fault-plans.js';

/** A named boundary, and whose it is. */
export interface Point {
  readonly service: Faulty;
  readonly name: string;
}

/** Boundaries that no checkout passes; who has them tests them beside them. */
const ELSEWHERE = ['dead-letters:'];

/** Every boundary that checkouts pass, as the services themselves list them. */
export async function allPoints(): Promise<Point[]> {
  const lists = await Promise.all(FAULTY.map(async (service) => ({ service, names: await namesOf(service) })));
  return lists.flatMap(({ service, names }) => names.filter(isPassed).map((name) => ({ service, name })));
}

const isPassed = (name: string): boolean => name.includes(':') && !ELSEWHERE.some((prefix) => name.startsWith(prefix));

/** What a fault plan of the service may name: boundaries, then messages. */
export async function namesOf(service: Faulty): Promise<string[]> {
  const { stdout } = await promisify(execFile)(process.execPath, ['dist/main.js'], {
    cwd: join(projectRoot, 'apps', service),
    env: { ...process.env, FAULT_PLAN: 'list' },
    timeout: 60_000,
  });
  return stdout.trim().split('\n');
}
