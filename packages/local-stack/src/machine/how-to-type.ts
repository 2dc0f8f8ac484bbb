/**
 * How this person types a command of ours: whoever came with npm has no pnpm on the path, and npm wants `--` before
 * what is not its own.
 */
export function howToType(command: string, environment: NodeJS.ProcessEnv = process.env): string {
  const agent = environment.npm_config_user_agent ?? '';
  if (!agent.startsWith('npm/')) return command.startsWith('doctor') ? `pnpm run ${command}` : `pnpm ${command}`;
  const [script = '', ...rest] = command.split(' ');
  const known = script === 'start' || script === 'test' ? `npm ${script}` : `npm run ${script}`;
  return rest.length === 0 ? known : `${known} -- ${rest.join(' ')}`;
}
