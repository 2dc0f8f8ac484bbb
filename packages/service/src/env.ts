import { z } from 'zod';
import { redactText } from './redact.js';
import { StartupError } from './startup-error.js';

/**
 * Reads a service's configuration. An empty string counts as absent, so that `PORT=` in an `.env` file means the
 * default. Throws a {@link StartupError} that lists all problems at once, one per line.
 */
export function loadEnv<Schema extends z.ZodObject>(
  schema: Schema,
  source: Readonly<Record<string, string | undefined>>,
  service: string,
): z.output<Schema> {
  const present = Object.fromEntries(Object.entries(source).filter(([, value]) => value !== undefined && value !== ''));
  const result = schema.safeParse(present);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => `  ${describe(issue, present)}`);
  throw new StartupError(
    `${service} is configured wrongly:\n${problems.join('\n')}`,
    `set the variables above in the environment or in ${service}'s .env file (.env.example shows every one of them)`,
  );
}

function describe(issue: z.core.$ZodIssue, present: Readonly<Record<string, string | undefined>>): string {
  const name = issue.path.map(String).join('.') || '(all)';
  const value = present[name];
  const is = value === undefined ? 'is not set' : `is ${JSON.stringify(shown(name, value))}`;
  return `${name} ${is}: ${issue.message}`;
}

/** Secrets are not shown even when they are wrong. */
function shown(name: string, value: string): string {
  return /PASSWORD|SECRET|TOKEN|KEY/i.test(name) ? '[redacted]' : redactText(value);
}
