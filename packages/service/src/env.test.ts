import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { loadEnv } from './env.js';
import { StartupError } from './startup-error.js';

const schema = z.object({
  PORT: z.coerce.number().int().min(1).max(65535).default(3001),
  DB_URL: z.url({ protocol: /^postgres$/ }),
  ADMIN_PASSWORD: z.string().min(8).optional(),
});

describe('loadEnv', () => {
  it('converts, fills in defaults, ignores what it does not know, and takes an empty string as absent', () => {
    const source = { PORT: '', DB_URL: 'postgres://u:p@h/d', ADMIN_PASSWORD: '', PATH: '/bin', OTHER: undefined };
    expect(loadEnv(schema, source, 'test-service')).toEqual({ PORT: 3001, DB_URL: 'postgres://u:p@h/d' });
  });

  it('lists all problems at once, one per line, with the cure, and without secrets', () => {
    const source = { PORT: 'http', DB_URL: 'mysql://root:hunter2@h/d', ADMIN_PASSWORD: 'hunter2' };
    let error: unknown;
    try {
      loadEnv(schema, source, 'test-service');
    } catch (thrown) {
      error = thrown;
    }
    if (!(error instanceof StartupError)) throw new Error('expected a StartupError');
    const [first, ...problems] = error.message.split('\n');
    expect(first).toContain('test-service');
    expect(problems).toHaveLength(3);
    expect(problems[0]).toContain('PORT is "http"');
    expect(problems[1]).toContain('DB_URL is "mysql://[redacted]@h/d"');
    expect(problems[2]).toContain('ADMIN_PASSWORD is "[redacted]"');
    expect(error.message).not.toContain('hunter2');
    expect(error.cure).toContain('.env');
  });

  it('names what is missing', () => {
    expect(() => loadEnv(schema, {}, 'test-service')).toThrow('DB_URL is not set');
  });
});
