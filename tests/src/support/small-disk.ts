import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, rmSync, statfsSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';

const MB = 1_048_576;

/** A file system in memory, of little more room than what lies in it. */
export class SmallDisk {
  private constructor(private readonly folder: string) {}

  /** Why there can be none here; undefined if there can. */
  static reason(): string | undefined {
    if (process.platform !== 'linux') return 'a small disk is made with tmpfs, which is Linux’s';
    if (process.getuid?.() !== 0) return 'only root may mount a small disk';
    return undefined;
  }

  /** Puts a folder, with what lies in it, on a disk of its own with so much room to spare. Nothing may use it meanwhile. */
  static under(folder: string, spareMb: number): SmallDisk {
    const { uid, gid } = statSync(folder);
    const aside = `${folder}.aside`;
    renameSync(folder, aside);
    mkdirSync(folder, { mode: 0o700 });
    const usedKb = Number(execFileSync('du', ['-sk', aside], { encoding: 'utf8' }).split('\t')[0]);
    const size = `size=${usedKb + spareMb * 1_024}k,mode=0700,uid=${uid},gid=${gid}`;
    execFileSync('mount', ['-t', 'tmpfs', '-o', size, 'tmpfs', folder]);
    execFileSync('cp', ['-a', `${aside}/.`, folder]);
    rmSync(aside, { recursive: true });
    return new SmallDisk(folder);
  }

  /** Fills what is left, but for so much. */
  async fill(butKb: number): Promise<void> {
    const file = await open(this.#ballast, 'w');
    const chunk = Buffer.alloc(MB);
    try {
      for (;;) {
        const { bavail, bsize } = statfsSync(this.folder);
        const left = bavail * bsize - butKb * 1_024;
        if (left <= 0) return;
        await file.write(chunk, 0, Math.min(left, MB));
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    } finally {
      await file.close();
    }
  }

  /** Gives back what {@link fill} took. */
  empty(): void {
    rmSync(this.#ballast, { force: true });
  }

  unmount(): void {
    execFileSync('umount', ['-l', this.folder]);
  }

  get #ballast(): string {
    return join(this.folder, 'ballast');
  }
}
