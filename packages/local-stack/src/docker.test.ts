import { describe, expect, it } from 'vitest';
import { ComposeServer, findEngine } from './docker.js';
import type { Outcome, Run } from './machine/run.js';

/** Docker on paper: what it was asked, and what it answers by the first words of the question. */
function docker(answers: Record<string, Outcome>): { run: Run; asked: string[] } {
  const asked: string[] = [];
  const run: Run = async (command, args) => {
    const line = [command, ...args].join(' ');
    asked.push(line);
    const found = Object.keys(answers).find((start) => line.startsWith(start));
    return (found && answers[found]) || { code: 0, output: '' };
  };
  return { run, asked };
}

describe('findEngine', () => {
  it('says why there is none', async () => {
    const find = (answers: Record<string, Outcome>) => findEngine(docker(answers).run);
    expect(await find({})).toEqual({ ok: true });
    expect(await find({ 'docker info': { code: 127, output: '' } })).toEqual({
      ok: false,
      why: 'docker is not installed',
    });
    expect(await find({ 'docker info': { code: 1, output: '' } })).toEqual({
      ok: false,
      why: 'no docker engine is running',
    });
    expect(await find({ 'docker compose version': { code: 1, output: '' } })).toEqual({
      ok: false,
      why: 'docker has no compose plugin',
    });
  });
});

describe('ComposeServer', () => {
  const open = (answers: Record<string, Outcome> = {}) => {
    const { run, asked } = docker(answers);
    const server = new ComposeServer({
      run,
      service: 'postgres',
      project: 'saga-checkout-test',
      environment: { STACK_POSTGRES_PORT: '6000' },
      onLine: () => {},
    });
    return { server, asked };
  };

  it('starts one service of the project’s compose file, and waits for its health', async () => {
    const { server, asked } = open();
    await server.start();
    expect(asked[0]).toMatch(
      /^docker compose --file \S+docker-compose.yaml --project-name saga-checkout-test up --detach --wait postgres$/,
    );
  });

  it('takes containers and data away with their project', async () => {
    const { server, asked } = open();
    await server.remove();
    expect(asked[0]).toContain('down --volumes');
  });

  it('says what docker said when something fails', async () => {
    const { server } = open({ 'docker compose --file': { code: 1, output: 'pulling\nno space left on device' } });
    await expect(server.start()).rejects.toThrow('no space left on device');
  });
});
