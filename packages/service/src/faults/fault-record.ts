import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A folder where faults that were done leave a file each, written before they are done: it outlives SIGKILL, so that a
 * process that is started again, or a sibling with the same plan, does not do them a second time.
 */
export class FaultRecord {
  readonly #folder: string | undefined;
  readonly #service: string;

  constructor(folder: string | undefined, service: string) {
    this.#folder = folder;
    this.#service = service;
    if (folder !== undefined) mkdirSync(folder, { recursive: true });
  }

  /** Notes that this process does it now. False if it was done before, by whichever process. */
  claim(instruction: string): boolean {
    if (this.#folder === undefined) return true;
    const content = { instruction, service: this.#service, pid: process.pid, at: new Date().toISOString() };
    try {
      writeFileSync(join(this.#folder, fileNameOf(instruction)), JSON.stringify(content), { flag: 'wx' });
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    }
  }

  /** Notes which plan this process follows from now on, as `plan.<pid>`. */
  follows(plan: string): void {
    if (this.#folder !== undefined) writeFileSync(join(this.#folder, `plan.${process.pid}`), plan);
  }
}

/** The file that an instruction leaves: `kill inventory:received:inventory.reserve` → `done.kill_inventory_received_…`. */
const fileNameOf = (instruction: string): string => `done.${instruction.replaceAll(/[^\w.-]+/g, '_')}`;
