/**
 * `npm test`: the build, the checks, then every test against a broker and databases of their own. Arguments go to
 * vitest, and then only tests are run. The last line is "N passed, N failed"; the exit code says whether all passed.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root, run } from './prepare.mjs';

const bin = (name) => join(root, 'node_modules', '.bin', name);
const reportFile = join(root, '.cache', 'tests.json');
const wanted = process.argv.slice(2);

/** Each is one thing that passes or fails, like a test. */
const checks = [
  { name: 'formatting and lint', command: 'biome', args: ['ci', '--colors=off', '.'] },
  { name: 'types of tests', command: 'turbo', args: ['run', 'typecheck', '--ui=stream', '--output-logs=errors-only'] },
  { name: 'dead code', command: 'knip', args: [] },
  { name: 'import rules', command: 'depcruise', args: ['--config', '.dependency-cruiser.cjs', ...sourceFolders()] },
];
const buildCheck = {
  name: 'build',
  command: 'turbo',
  args: ['run', 'build', '--ui=stream', '--output-logs=errors-only'],
};

/** Every folder of sources in the workspace: what lies in dist is only looked at from outside. */
function sourceFolders() {
  const groups = ['apps', 'packages'].flatMap((group) =>
    readdirSync(join(root, group)).map((name) => join(group, name)),
  );
  return [...groups, 'tests', 'bench', 'faults']
    .flatMap((folder) => [join(folder, 'src'), join(folder, 'examples')])
    .filter((path) => existsSync(join(root, path)));
}

const count = { passed: 0, failed: 0 };
const failures = [];

await main();
for (const line of failures) console.log(`FAILED: ${line}`);
console.log(`${count.passed} passed, ${count.failed} failed`);
process.exitCode = count.failed === 0 ? 0 : 1;

async function main() {
  // Nothing can be tested that does not build.
  if (!(await check(buildCheck))) return;
  if (wanted.length === 0) for (const one of checks) await check(one);
  await withStack(vitest);
}

/** Runs a check; what it printed is only of interest when it failed. */
async function check({ name, command, args }) {
  const began = performance.now();
  const { code, output } = await run(bin(command), args, { env: { ...process.env, NO_COLOR: '1' } });
  const passed = code === 0;
  console.log(`  ${passed ? 'ok    ' : 'FAILED'}  ${name}  ${((performance.now() - began) / 1000).toFixed(1)} s`);
  if (!passed) console.log(output.trimEnd());
  record(passed, name);
  return passed;
}

function record(passed, name) {
  count[passed ? 'passed' : 'failed'] += 1;
  if (!passed) failures.push(name);
}

/** Servers for the tests that need some but kill none; the system tests start others of their own. */
async function withStack(work) {
  if (process.env.TEST_DB_URL) return work(process.env);
  const { startStack, describeError } = await import('../packages/local-stack/dist/index.js');
  let stack;
  try {
    stack = await startStack({ profile: 'test' });
  } catch (error) {
    console.log(describeError(error));
    return record(false, 'RabbitMQ and Postgres for the tests');
  }
  try {
    await work({
      ...process.env,
      TEST_DB_URL: stack.postgres.urlFor('postgres'),
      TEST_RABBITMQ_URL: stack.rabbitmq.url,
      TEST_RABBITMQ_MANAGEMENT_URL: stack.rabbitmq.managementUrl,
    });
  } finally {
    await stack.down();
  }
}

async function vitest(env) {
  mkdirSync(join(root, '.cache'), { recursive: true });
  rmSync(reportFile, { force: true });
  const args = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`, ...wanted];
  const child = spawn(bin('vitest'), args, { cwd: root, env, stdio: 'inherit' });
  const code = await new Promise((resolve) => {
    child.once('error', () => resolve(1));
    child.once('exit', (status) => resolve(status ?? 1));
  });
  countTests(code);
}

/** Adds up what vitest reports; a file that could not even be loaded, or an error outside of tests, counts as well. */
function countTests(code) {
  const report = readReport();
  count.passed += report.numPassedTests;
  count.failed += report.numFailedTests;
  for (const file of report.testResults) {
    const failed = file.assertionResults.filter(({ status }) => status === 'failed');
    for (const test of failed) failures.push(`${file.name.replace(`${root}/`, '')}: ${test.fullName}`);
    if (file.status === 'failed' && failed.length === 0)
      record(false, `${file.name.replace(`${root}/`, '')} as a whole`);
  }
  if (code !== 0 && count.failed === 0) record(false, `vitest ended with code ${code}: see above`);
}

function readReport() {
  try {
    return JSON.parse(readFileSync(reportFile, 'utf8'));
  } catch {
    return { numPassedTests: 0, numFailedTests: 0, testResults: [] }; // it did not get far enough to write one
  }
}
