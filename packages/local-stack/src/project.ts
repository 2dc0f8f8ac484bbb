import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the whole workspace: the same distance from src as from dist. */
export const projectRoot = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
