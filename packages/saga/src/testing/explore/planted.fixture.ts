import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** A bug: in which file of the engine which text is replaced, and with what. */
export interface Bug {
  readonly file: string;
  readonly text: string;
  readonly by: string;
}

const SOURCES = fileURLToPath(new URL('../../', import.meta.url));
/** Inside the package, so that its imports resolve; and where nothing is kept. */
const COPIES = fileURLToPath(new URL('../../../.cache/', import.meta.url));

type Kit = typeof import('../index.js');

/** A copy of the engine and its test kit, with the bugs in it; nothing of it is left afterwards. */
export async function withPlanted<T>(bugs: readonly Bug[], use: (kit: Kit) => Promise<T>): Promise<T> {
  mkdirSync(COPIES, { recursive: true });
  const copy = mkdtempSync(join(COPIES, 'planted-'));
  try {
    for (const room of ['core', 'runtime', 'testing']) {
      cpSync(join(SOURCES, room), join(copy, room), { recursive: true, filter: (path) => !isTest(path) });
    }
    for (const bug of bugs) plant(copy, bug);
    return await use((await import(/* @vite-ignore */ pathToFileURL(join(copy, 'testing/index.ts')).href)) as Kit);
  } finally {
    rmSync(copy, { recursive: true });
  }
}

function plant(copy: string, { file, text, by }: Bug): void {
  const path = join(copy, file);
  const source = readFileSync(path, 'utf8');
  const times = source.split(text).length - 1;
  if (times !== 1) throw new Error(`the text to replace must stand once in ${file}, not ${times} times: ${text}`);
  writeFileSync(
    path,
    source.replace(text, () => by),
  );
}

const isTest = (path: string): boolean => /\.(test|fixture)\.ts$/.test(path);
