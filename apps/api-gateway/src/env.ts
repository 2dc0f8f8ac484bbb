import { loadEnv, shutdownEnv } from '@saga-checkout/service';
import { z } from 'zod';

const httpUrl = z.url({ protocol: /^https?$/, message: 'must be an http URL such as http://127.0.0.1:3004' });

/** One or more URLs, separated by commas: the replicas of a service. */
const urlList = z
  .string()
  .transform((text) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== ''),
  )
  .pipe(z.array(httpUrl.transform(withoutPath)).min(1));

const urlsOn = (port: number) => urlList.default([`http://127.0.0.1:${port}`]);

/** Upstreams are asked at fixed paths; a trailing slash or path would be dropped in silence. */
function withoutPath(url: string, context: z.RefinementCtx): string {
  const { origin, pathname, search } = new URL(url);
  if (pathname !== '/' || search !== '') context.addIssue({ code: 'custom', message: 'must not have a path or query' });
  return origin;
}

const milliseconds = (min: number, max: number) => z.coerce.number().int().min(min).max(max);

const variables = z.object({
  PORT: z.coerce.number().int().min(0).max(65_535).default(3000),
  HOST: z.string().default('127.0.0.1'),
  ORCHESTRATOR_URL: urlsOn(3004),
  ORDER_SERVICE_URL: urlsOn(3001),
  INVENTORY_SERVICE_URL: urlsOn(3002),
  PAYMENT_SERVICE_URL: urlsOn(3003),
  CHECKOUT_WAIT_MS: milliseconds(0, 600_000).default(10_000),
  CHECKOUT_WAIT_MAX_MS: milliseconds(0, 600_000).default(60_000),
  /** Checkouts that are handed over at a time, for each orchestrator; past it they are refused with 503. */
  MAX_CHECKOUTS_PER_ORCHESTRATOR: z.coerce.number().int().min(1).max(100_000).default(512),
  READ_TIMEOUT_MS: milliseconds(50, 60_000).default(1_500),
  BODY_TIMEOUT_MS: milliseconds(50, 25_000).default(10_000),
  /** `jwt`: customers need a token. `none`: everybody may act for every customer. Operators need one in any case. */
  AUTH_MODE: z.enum(['none', 'jwt']).default('none'),
  JWT_ISSUER: z.string().min(1).max(500).default('saga-checkout'),
  JWT_AUDIENCE: z.string().min(1).max(500).default('saga-checkout'),
  JWT_SECRET: z.string().min(32, 'must be at least 32 characters long').optional(),
  JWT_JWKS_URL: httpUrl.optional(),
  /** By how much the issuer's clock and ours may differ, in seconds. */
  JWT_CLOCK_TOLERANCE_S: z.coerce.number().int().min(0).max(60).default(5),
  NODE_ENV: z.string().optional(),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  LOG_PRETTY: z.stringbool().optional(),
  ...shutdownEnv,
});

const schema = variables.superRefine((env, context) => {
  const refuse = (name: keyof typeof env, message: string) =>
    context.addIssue({ code: 'custom', path: [name], message });
  const keys = [env.JWT_SECRET, env.JWT_JWKS_URL].filter((key) => key !== undefined).length;
  if (env.AUTH_MODE === 'jwt' && keys !== 1)
    refuse('AUTH_MODE', 'needs either JWT_SECRET or JWT_JWKS_URL, by which tokens are verified');
  if (env.AUTH_MODE === 'none' && env.NODE_ENV === 'production')
    refuse('AUTH_MODE', 'must be jwt in production: without it, everybody may act for every customer');
});

export type Env = z.output<typeof schema>;

/** The gateway's configuration. Throws a StartupError that lists everything wrong with it. */
export const readEnv = (source: Readonly<Record<string, string | undefined>> = process.env): Env =>
  loadEnv(schema, source, 'api-gateway');
