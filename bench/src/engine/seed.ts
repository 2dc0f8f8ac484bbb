import { definitionNamed, LAST_COMMAND } from './definitions.js';
import { openEngine } from './engine.js';
import { sagaId } from './ids.js';
import { start } from './load.js';

const SAGAS = 20;
/** Every so many-th is refused at its last step, and compensated. */
const COMPENSATED = 10;

/** Sagas that have ended, to be copied: one in ten was compensated. */
export async function seed({
  url,
  definition: type,
}: {
  readonly url: string;
  readonly definition: string;
}): Promise<void> {
  const definition = definitionNamed(type);
  const { runtime, participants, close } = openEngine({ store: { url }, definitions: [definition] });
  runtime.start();
  for (let number = 1; number <= SAGAS; number++) {
    if (number % COMPENSATED === 0) participants.refused.add(LAST_COMMAND);
    else participants.refused.clear();
    const id = sagaId();
    await start(runtime, definition, id);
    await runtime.ended(id, 10_000);
  }
  await close();
}
