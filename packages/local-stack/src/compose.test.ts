import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { projectRoot } from './project.js';
import { definitions, serviceNames } from './services/definitions.js';
import { databaseNames, readSettings } from './settings.js';

interface ComposeService {
  readonly image?: string;
  readonly stop_grace_period?: string;
  readonly build?: { readonly context: string; readonly args: { readonly APP: string } };
  readonly profiles?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly environment: Readonly<Record<string, string>>;
  readonly ports: readonly string[];
  readonly volumes?: readonly string[];
  readonly healthcheck: { readonly test: readonly string[] };
}

const read = (name: string) => readFileSync(join(projectRoot, name), 'utf8');
const compose = parse(read('docker-compose.yaml'), { merge: true }) as {
  services: Record<string, ComposeService>;
  volumes: Record<string, unknown>;
};
const service = (name: string): ComposeService => {
  const found = compose.services[name];
  if (!found) throw new Error(`docker-compose.yaml has no service ${name}`);
  return found;
};

describe('docker-compose.yaml', () => {
  it('has the two servers, and the five services behind a profile', () => {
    expect(Object.keys(compose.services).sort()).toEqual(['postgres', 'rabbitmq', ...serviceNames].sort());
    expect(service('rabbitmq').image).toBe('rabbitmq:4-management');
    expect(service('postgres').image).toBe('postgres:18');
    for (const name of ['rabbitmq', 'postgres']) expect(service(name).profiles).toBeUndefined();
    for (const name of serviceNames) expect(service(name).profiles).toEqual(['services']);
  });

  it('gives services longer to end than they take', () => {
    for (const name of serviceNames) expect(service(name).stop_grace_period).toBe('15s');
  });

  it('waits for the health of what it names, and names only what is there', () => {
    for (const [name, { depends_on = {}, healthcheck }] of Object.entries(compose.services)) {
      expect(healthcheck.test[0], name).toBe('CMD');
      for (const [other, { condition }] of Object.entries(depends_on)) {
        expect(service(other).healthcheck, `${name} needs ${other}`).toBeDefined();
        expect(condition).toBe('service_healthy');
      }
    }
  });

  it('publishes the default ports, under the variables that the stack sets, on the loopback interface only', () => {
    const { ports } = readSettings({});
    const published = (host: string, port: number) => `127.0.0.1:\${${host}:-${port}}:${port}`;
    expect(service('postgres').ports).toEqual([published('STACK_POSTGRES_PORT', ports.postgres.port)]);
    expect(service('rabbitmq').ports).toEqual([
      published('STACK_RABBITMQ_PORT', ports.amqp.port),
      published('STACK_RABBITMQ_MANAGEMENT_PORT', ports.management.port),
    ]);
    for (const { name, defaultPort, portVariable } of Object.values(definitions)) {
      expect(service(name).ports).toEqual([published(portVariable, defaultPort)]);
      expect(service(name).environment.PORT).toBe(String(defaultPort));
      expect(service(name).healthcheck.test.join(' ')).toContain(`:${defaultPort}/health/ready`);
    }
  });

  it('logs in as the stack does, into databases that the init script makes', () => {
    const script = read('docker/create-databases.sql');
    expect([...script.matchAll(/create database (\w+);/g)].map(([, name]) => name).sort()).toEqual(
      [...databaseNames].sort(),
    );
    expect(service('postgres').volumes).toContain(
      './docker/create-databases.sql:/docker-entrypoint-initdb.d/create-databases.sql:ro',
    );
    for (const { name, database } of Object.values(definitions)) {
      if (database === undefined) continue;
      expect(service(name).environment).toMatchObject({
        DB_URL: `postgres://postgres:1111@postgres:5432/${database}`,
        RABBITMQ_URL: 'amqp://admin:admin@rabbitmq:5672',
      });
    }
    expect(service('rabbitmq').environment).toMatchObject({
      RABBITMQ_DEFAULT_USER: 'admin',
      RABBITMQ_DEFAULT_PASS: 'admin',
    });
  });

  it('points the gateway at services under their names and ports', () => {
    const { environment } = service('api-gateway');
    for (const { name, defaultPort, portVariable } of Object.values(definitions)) {
      if (name === 'api-gateway') continue;
      expect(environment[portVariable.replace(/PORT$/, 'URL')]).toBe(`http://${name}:${defaultPort}`);
    }
  });

  it('builds every service from the one Dockerfile, and declares the volumes it mounts', () => {
    const dockerfile = read('Dockerfile');
    for (const name of serviceNames) {
      expect(service(name).build).toEqual({ context: '.', args: { APP: name } });
      expect(existsSync(join(projectRoot, 'apps', name, 'package.json'))).toBe(true);
    }
    for (const file of ['tsconfig.base.json']) {
      expect(dockerfile).toContain(`COPY ${file}`);
      expect(existsSync(join(projectRoot, file))).toBe(true);
    }
    const { devEngines } = JSON.parse(read('package.json')) as { devEngines: { packageManager: { version: string } } };
    expect(dockerfile).toContain(`pnpm@${devEngines.packageManager.version}`);
    expect(dockerfile).toContain(`turbo@${/^ {2}turbo: (\S+)$/m.exec(read('pnpm-workspace.yaml'))?.[1]}`);
    const mounted = Object.values(compose.services).flatMap(({ volumes = [] }) =>
      volumes.map((each) => each.split(':')[0]),
    );
    const named = mounted.filter((source) => source !== undefined && !source.startsWith('.'));
    expect(named.sort()).toEqual(Object.keys(compose.volumes).sort());
  });
});
