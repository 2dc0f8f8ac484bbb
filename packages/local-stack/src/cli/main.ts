import { howToType } from '../machine/how-to-type.js';
import { describeError, StackError } from '../machine/stack-error.js';
import type { Environment } from '../settings.js';
import { dev } from './dev.js';
import { stackCommands } from './stack-commands.js';
import { start } from './start.js';
import { table } from './table.js';

async function main(args: readonly string[], environment: Environment): Promise<number> {
  const [what, ...rest] = args;
  if (what === 'start') return start(environment);
  if (what === 'dev') return dev(environment);
  const [name = 'help', ...options] = rest;
  const command = stackCommands[name];
  if (command) return command.run(options, environment);
  console.log(table(Object.entries(stackCommands).map(([each, { help }]) => [howToType(`stack ${each}`), help])));
  if (name === 'help' || name === '--help') return 0;
  throw new StackError(`There is no command "${name}".`, 'take one of those above');
}

try {
  process.exitCode = await main(process.argv.slice(2), process.env);
} catch (error) {
  console.error(`\n${describeError(error)}\n`);
  process.exitCode = 1;
}
