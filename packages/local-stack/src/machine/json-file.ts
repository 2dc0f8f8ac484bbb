import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

/** The content of a JSON file, or undefined when there is none. A broken one counts as none: we only keep hints in it. */
export function readJson<T>(path: string): T | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T;
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Writes beside and renames, so that a reader never sees half of it. */
export function writeJson(path: string, value: unknown): void {
  const beside = `${path}.${process.pid}`;
  writeFileSync(beside, `${JSON.stringify(value, null, 2)}\n`);
  renameSync(beside, path);
}

export const removeFile = (path: string): void => rmSync(path, { force: true });
