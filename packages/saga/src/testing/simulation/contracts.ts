import type { CommandContract } from '../../core/command.js';
import type { SagaDefinition } from '../../core/definition.js';

/** The commands that sagas of the definition send, by name. */
export function contractsOf({ steps }: SagaDefinition): ReadonlyMap<string, CommandContract> {
  const commands = steps.flatMap((step) => [
    ...(step.kind === 'command' ? [step.command] : []),
    ...(step.compensation?.kind === 'command' ? [step.compensation.command] : []),
  ]);
  return new Map(commands.map((command) => [command.name, command]));
}
