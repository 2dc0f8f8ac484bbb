import { execFileSync } from 'node:child_process';
import { accessSync, constants, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { projectRoot } from './project.js';
import { configurationFiles } from './rabbitmq/configuration.js';
import { definitions } from './services/definitions.js';

interface Service {
  readonly image?: string;
  readonly hostname?: string;
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly depends_on?: Readonly<Record<string, unknown>>;
}
interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

const read = (name: string) => readFileSync(join(projectRoot, name), 'utf8');
const composeOf = (name: string) => parse(read(name), { merge: true }) as Compose;
const base = composeOf('docker-compose.yaml');
const cluster = composeOf('docker-compose.cluster.yaml');
const names = new Set([...Object.keys(base.services), ...Object.keys(cluster.services)]);
const nodes = ['rabbitmq', 'rabbitmq-2', 'rabbitmq-3'];
const servers = ['postgres', 'postgres-standby'];
const serviceOf = (name: string): Service => ({ ...base.services[name], ...cluster.services[name] }) as Service;
const conf = read('docker/cluster/rabbitmq.conf').split('\n');

describe('docker-compose.cluster.yaml', () => {
  it('adds nodes and a standby of the same images, and nothing that docker-compose.yaml has not', () => {
    const added = Object.keys(cluster.services).filter((name) => !(name in base.services));
    expect(added.sort()).toEqual(['postgres-standby', 'rabbitmq-2', 'rabbitmq-3']);
    for (const node of nodes) expect(serviceOf(node).image).toBe(base.services.rabbitmq?.image);
    for (const server of servers) expect(serviceOf(server).image).toBe(base.services.postgres?.image);
    for (const { depends_on = {} } of Object.values(cluster.services))
      for (const name of Object.keys(depends_on)) expect(names).toContain(name);
  });

  it('has every service know all hosts, in the form that its environment takes', () => {
    for (const { name, database } of Object.values(definitions)) {
      if (database === undefined) continue;
      const hosts = servers.map((server) => `${server}:5432`).join(',');
      expect(serviceOf(name).environment).toEqual({
        DB_URL: `postgres://postgres:1111@${hosts}/${database}?target_session_attrs=read-write`,
        RABBITMQ_URL: `amqp://admin:admin@${nodes.map((node) => `${node}:5672`).join(',')}`,
      });
    }
  });

  it('names the nodes as they are called, and forms their cluster as the tests of a killed node do', () => {
    const erlangNames = nodes.map((node) => `rabbit@${serviceOf(node).hostname}`);
    expect(erlangNames).toEqual(nodes.map((node) => `rabbit@${node}`));
    const ports = { amqp: 1, management: 2, distribution: 3, epmd: 4 };
    const tested = configurationFiles(ports, { name: 'x', cluster: erlangNames })['rabbitmq.conf']?.split('\n') ?? [];
    const formation = tested.filter((line) => /^cluster_/.test(line));
    expect(formation).toHaveLength(5);
    for (const line of formation) expect(conf).toContain(line);
    const cookies = new Set(nodes.map((node) => serviceOf(node).environment.NODE_COOKIE));
    expect(cookies.size).toBe(1);
    for (const node of nodes) expect(serviceOf(node).entrypoint?.at(-1)).toContain('exec docker-entrypoint.sh');
  });

  it('gives the primary and its standby the same settings, and no restart that would bring a lost primary back', () => {
    const [primary, standby] = servers.map(serviceOf);
    expect(standby?.command).toEqual(primary?.command);
    expect(primary?.command).toEqual(expect.arrayContaining([...(base.services.postgres?.command ?? ['missing'])]));
    expect(primary).not.toHaveProperty('restart');
    expect(primary?.environment.FOLLOWS).toBe(`\${POSTGRES_FOLLOWS:-}`);
    expect(standby?.environment.FOLLOWS).toBe(`\${POSTGRES_STANDBY_FOLLOWS-postgres}`);
    // The name by which the primary waits for its standby is the one under which that comes.
    expect(read('docker/cluster/let-standby-follow.sh')).toContain(`synchronous_standby_names = 'standby'`);
    expect(read('docker/cluster/follow.sh')).toContain('application_name=standby');
  });

  it('mounts what is there, each volume of data once, and runs scripts that a shell understands', () => {
    const mounts = Object.values(cluster.services).flatMap(({ volumes = [] }) =>
      volumes.map((each) => each.split(':')),
    );
    const files = new Set(mounts.flatMap(([source = '']) => (source.startsWith('.') ? [source] : [])));
    const data = mounts.flatMap(([source = '']) => (source.startsWith('.') ? [] : [source]));
    expect(data.sort()).toEqual(Object.keys(cluster.volumes).sort());
    for (const file of files) {
      accessSync(join(projectRoot, file));
      if (!file.endsWith('.sh')) continue;
      // The postgres image reads a script that is not executable into its own shell.
      accessSync(join(projectRoot, file), constants.X_OK);
      execFileSync('sh', ['-n', join(projectRoot, file)]);
    }
    for (const node of nodes) execFileSync('sh', ['-n', '-c', serviceOf(node).entrypoint?.at(-1) ?? '(']);
  });
});
