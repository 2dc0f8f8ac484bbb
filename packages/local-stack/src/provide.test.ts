import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Kind } from './kind.js';
import { freePorts } from './machine/ports.js';
import type { Run } from './machine/run.js';
import { Place } from './place.js';
import { provideForDev } from './provide.js';
import { type Environment, readSettings } from './settings.js';

interface World {
  /** URLs that answer and let us in. */
  readonly answering?: readonly string[];
  readonly docker?: boolean;
  readonly environment?: Environment;
}

/** A kind of server on paper, on a machine on paper. */
async function provide({ answering = [], docker = false, environment = {} }: World) {
  const [port = 0] = await freePorts(1);
  const folder = mkdtempSync(join(tmpdir(), 'provide-'));
  const up = new Set(answering.map((url) => url.replace('PORT', String(port))));
  const kind: Kind = {
    name: 'Postgres',
    service: 'postgres',
    urlVariable: 'STACK_POSTGRES_URL',
    given: ({ postgresUrl: url }) => (url === undefined ? undefined : { url }),
    wishes: () => ({ postgres: { port, setBy: undefined } }),
    endpoint: (ports) => ({ url: `postgres://ours:${ports.postgres}` }),
    composeEnvironment: () => ({}),
    probe: async ({ url }) => (up.has(url) ? { ok: true, detail: '18' } : { ok: false, detail: 'refused' }),
    nativePossible: () => true,
    prepareNative: async () => 'it is installed',
    innerPorts: async () => ({}),
    native: ({ ports }) => ({
      version: '18',
      logFile: '',
      start: async () => void up.add(`postgres://ours:${ports.postgres}`),
      stop: async () => {},
      kill: async () => {},
      isRunning: () => true,
      record: () => ({ ports, processes: {} }),
    }),
  };
  const run: Run = async () => ({ code: docker ? 0 : 1, output: '' });
  const place = new Place('dev', readSettings(environment), folder, folder);
  const context = { place, run, environment: {}, avoid: new Set<number>(), onLine: () => {}, warn: () => {} };
  return provideForDev(kind, context);
}

describe('provideForDev takes the first way that serves', () => {
  it('1. what the environment names', async () => {
    const url = 'postgres://somewhere:1';
    const environment = { STACK_POSTGRES_URL: url };
    const provided = await provide({ environment, answering: [url, 'postgres://ours:PORT'], docker: true });
    expect(provided).toMatchObject({ origin: 'environment', why: 'STACK_POSTGRES_URL is set', startedNow: false });
    expect(provided.server).toBeUndefined();
  });

  it('which is an error when it does not let us in: nobody is replaced in silence', async () => {
    const environment = { STACK_POSTGRES_URL: 'postgres://ada:secret@somewhere:1' };
    await expect(provide({ environment })).rejects.toThrow('postgres://ada:***@somewhere:1, which does not let us in');
  });

  it('2. what answers on the default port with our login', async () => {
    expect(await provide({ answering: ['postgres://ours:PORT'], docker: true })).toMatchObject({
      origin: 'answering',
      startedNow: false,
    });
  });

  it('3. docker, when an engine runs', async () => {
    expect(await provide({ docker: true })).toMatchObject({ origin: 'docker', why: 'a docker engine is running' });
  });

  it('4. natively', async () => {
    expect(await provide({})).toMatchObject({
      origin: 'native',
      why: 'no docker engine is running, and it is installed',
      startedNow: true,
    });
  });

  it('unless STACK_USE says which', async () => {
    expect(await provide({ docker: true, environment: { STACK_USE: 'native' } })).toMatchObject({ origin: 'native' });
    await expect(provide({ environment: { STACK_USE: 'docker' } })).rejects.toThrow('no docker engine is running');
  });
});
