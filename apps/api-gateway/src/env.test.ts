import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readEnv } from './env.js';

it('has a default for everything', () => {
  expect(readEnv({})).toEqual({
    PORT: 3000,
    HOST: '127.0.0.1',
    ORCHESTRATOR_URL: ['http://127.0.0.1:3004'],
    ORDER_SERVICE_URL: ['http://127.0.0.1:3001'],
    INVENTORY_SERVICE_URL: ['http://127.0.0.1:3002'],
    PAYMENT_SERVICE_URL: ['http://127.0.0.1:3003'],
    CHECKOUT_WAIT_MS: 10_000,
    CHECKOUT_WAIT_MAX_MS: 60_000,
    MAX_CHECKOUTS_PER_ORCHESTRATOR: 512,
    READ_TIMEOUT_MS: 1_500,
    BODY_TIMEOUT_MS: 10_000,
    AUTH_MODE: 'none',
    JWT_ISSUER: 'saga-checkout',
    JWT_AUDIENCE: 'saga-checkout',
    JWT_CLOCK_TOLERANCE_S: 5,
    LOG_LEVEL: 'info',
    SHUTDOWN_DELAY_MS: 0,
  });
});

describe('who may', () => {
  const secret = 'a secret of at least thirty-two characters';

  it.each([
    ['tokens without a key', { AUTH_MODE: 'jwt' }, /AUTH_MODE.*needs either JWT_SECRET or JWT_JWKS_URL/],
    ['two keys', { AUTH_MODE: 'jwt', JWT_SECRET: secret, JWT_JWKS_URL: 'https://login.example/keys' }, /needs either/],
    ['a secret that can be guessed', { AUTH_MODE: 'jwt', JWT_SECRET: 'hunter2' }, /JWT_SECRET is "\[redacted\]".*32/],
    ['no tokens in production', { NODE_ENV: 'production' }, /AUTH_MODE.*must be jwt in production/],
  ])('refuses %s', (_what, env, message) => {
    expect(() => readEnv(env)).toThrow(message);
  });

  it('takes tokens in production', () => {
    expect(readEnv({ NODE_ENV: 'production', AUTH_MODE: 'jwt', JWT_SECRET: secret }).AUTH_MODE).toBe('jwt');
  });
});

it('takes several orchestrators', () => {
  const { ORCHESTRATOR_URL } = readEnv({ ORCHESTRATOR_URL: 'http://a:1/, http://b:2,' });
  expect(ORCHESTRATOR_URL).toEqual(['http://a:1', 'http://b:2']);
});

it('names every problem at once', () => {
  const wrong = {
    PORT: 'x',
    ORCHESTRATOR_URL: 'http://a:1,nonsense',
    ORDER_SERVICE_URL: 'http://127.0.0.1:3001/orders',
    CHECKOUT_WAIT_MS: '-1',
    LOG_LEVEL: 'loud',
  };
  expect(() => readEnv(wrong)).toThrow(
    /PORT is "x".*ORCHESTRATOR_URL.*ORDER_SERVICE_URL.*CHECKOUT_WAIT_MS.*LOG_LEVEL/s,
  );
});

it('.env.example shows every variable, with its default', () => {
  const lines = readFileSync(new URL('../.env.example', import.meta.url), 'utf8').split('\n');
  const entries = lines.filter((line) => /^[A-Z_]+=/.test(line)).map((line) => line.split(/=(.*)/s).slice(0, 2));
  const example = Object.fromEntries(entries.filter(([, value]) => value !== ''));
  expect(readEnv(example)).toEqual(readEnv({}));
  expect(entries.map(([name]) => name).sort()).toEqual(
    [...Object.keys(readEnv({})), 'JWT_JWKS_URL', 'JWT_SECRET', 'LOG_PRETTY', 'NODE_ENV'].sort(),
  );
});
