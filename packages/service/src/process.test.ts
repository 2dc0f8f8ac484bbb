import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';

/** Each test runs a process of its own, on the built package, because what is tested ends it. */
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

const BUILT = new URL('../dist/index.js', import.meta.url).href;

function run(main: string) {
  const code = `import { createLogger, Shutdown, runMain, StartupError } from '${BUILT}';
    const log = createLogger({ service: 'x', pretty: false });
    runMain(async () => { ${main} });`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', code]);
  children.push(child);
  let output = '';
  const ready = new Promise<void>((resolve) => {
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        output += chunk;
        if (output.includes('ready')) resolve();
      });
  });
  const ended = once(child, 'close').then(([exitCode]) => ({ exitCode, output }));
  return { child, ready, ended, output: () => output };
}

const FOREVER = 'setInterval(() => {}, 1000); console.log("ready");';

describe('runMain', () => {
  it('shows a StartupError as cause and cure, without a stack trace, and exits with 1', async () => {
    const { ended } = run('throw new StartupError("no port at amqp://a:hunter2@b", "set PORT");');
    expect(await ended).toEqual({ exitCode: 1, output: 'no port at amqp://[redacted]@b\nTo fix it: set PORT\n' });
  });

  it.each([
    ['that main throws', 'throw new Error("oops");'],
    ['that nobody caught', `${FOREVER} setTimeout(() => { throw new Error("oops"); }, 1);`],
    ['that nobody handled', `${FOREVER} Promise.reject(new Error("oops"));`],
  ])('writes an error %s as one line with its stack, and exits with 1', async (_what, main) => {
    const { exitCode, output } = await run(main).ended;
    expect(exitCode).toBe(1);
    const line = JSON.parse(output.trim().split('\n').at(-1) ?? '');
    expect(line).toMatchObject({ level: 60, stack: expect.stringContaining('Error: oops') });
  });
});

const WITH = (options: string, deferred: string) =>
  `const stop = new Shutdown({ log, ${options} }); stop.defer(${deferred}); ${FOREVER}`;

describe('Shutdown', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'runs what was deferred, the last first, at %s, and exits with 0',
    async (signal) => {
      const { child, ready, ended } = run(`const stop = new Shutdown({ log });
      for (const name of ['first', 'second']) stop.defer(async () => { log.info(name + ' is closed'); }); ${FOREVER}`);
      await ready;
      child.kill(signal);
      const { exitCode, output } = await ended;
      expect(exitCode).toBe(0);
      expect(output.match(/\w+ is closed/g)).toEqual(['second is closed', 'first is closed']);
    },
  );

  it('also does that while main is still starting', async () => {
    const { child, ready, ended } = run(`const stop = new Shutdown({ log });
      stop.defer(() => { log.info('closed'); }); console.log('ready'); await new Promise((resolve) => setTimeout(resolve, 60_000));`);
    await ready;
    child.kill('SIGTERM');
    expect(await ended).toMatchObject({ exitCode: 0, output: expect.stringContaining('closed') });
  });

  it('says that it is stopping at once, and goes on for the delay', async () => {
    const { child, ready, ended } = run(`const stop = new Shutdown({ log, delayMs: 300 });
      const before = stop.isStopping;
      stop.defer(() => { console.log('waited', Math.round(performance.now() - told) >= 290, before, left > stop.leftMs); });
      let told, left;
      const look = () => { if (!stop.isStopping) return setImmediate(look); told = performance.now(); left = stop.leftMs; };
      look(); ${FOREVER}`);
    await ready;
    child.kill('SIGTERM');
    expect(await ended).toMatchObject({ exitCode: 0, output: expect.stringContaining('waited true false true') });
  });

  it('exits at once at a second signal', async () => {
    const again = "() => { process.kill(process.pid, 'SIGINT'); return new Promise(() => {}); }";
    const { child, ready, ended } = run(WITH('', again));
    await ready;
    child.kill('SIGTERM');
    expect(await ended).toMatchObject({ exitCode: 1, output: expect.stringContaining('SIGINT again') });
  });

  it('exits with 1 when something fails, or takes too long', async () => {
    const failing = run(WITH('', "async () => { throw new Error('oops'); }"));
    const hanging = run(WITH('timeoutMs: 20', '() => new Promise(() => {})'));
    for (const { child, ready, ended } of [failing, hanging]) {
      await ready;
      child.kill('SIGTERM');
      expect((await ended).exitCode).toBe(1);
    }
    expect(failing.output()).toContain('shutting down failed');
    expect(hanging.output()).toContain('still not finished');
  });
});
