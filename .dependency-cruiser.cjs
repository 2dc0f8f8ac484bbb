/**
 * Who may import whom. No exemptions: a rule that does not fit is changed here, for everybody.
 * Packages are seen as their sources: `doNotFollow` stops at what is installed, workspace packages are links to ours.
 */
const own = (name) => `^packages/${name}/`;

/** Databases for tests; the rule "test-databases-in-tests" keeps them there. */
const testDatabases = `${own('database')}(src|dist)/testing/`;

/** Nothing below `from` may import anything of ours but these packages. */
const onlyImports = (name, from, allowed, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from },
  to: {
    path: '^(packages|apps)/',
    pathNot: [from, ...allowed.map(own), testDatabases],
  },
});

module.exports = {
  forbidden: [
    onlyImports('shared-types-alone', own('shared-types'), [], 'contracts import nothing of ours'),
    onlyImports('batching-alone', own('batching'), [], 'group commit imports nothing of ours'),
    onlyImports('service-alone', own('service'), [], 'what every main.ts needs knows nothing of the shop'),
    onlyImports('database-alone', own('database'), [], 'the pool and its transactions know nothing of the shop'),
    onlyImports('local-stack-alone', own('local-stack'), [], 'it starts the others as processes, never as code'),
    onlyImports('auditor-alone', own('auditor'), [], 'it shares no code with what it checks'),
    onlyImports('messaging-imports', own('messaging'), ['shared-types', 'batching'], 'the only place that knows AMQP'),
    onlyImports(
      'participant-imports',
      own('participant'),
      ['shared-types', 'messaging', 'database', 'batching', 'service'],
      'what participants share stands on what they stand on',
    ),
    onlyImports('saga-alone', own('saga'), [], 'the engine is packed on its own; group commit is built into it'),
    onlyImports(
      'orchestrator-imports',
      '^apps/orchestrator/',
      ['shared-types', 'messaging', 'database', 'service', 'saga', 'batching'],
      'the orchestrator runs sagas, and knows participants by their contracts',
    ),
    onlyImports(
      'bench-imports',
      '^bench/',
      ['local-stack', 'saga', 'database', 'auditor'],
      'the shop is measured from outside, the engine alone from inside',
    ),
    onlyImports(
      'faults-imports',
      '^faults/',
      ['local-stack', 'messaging', 'saga', 'shared-types', 'auditor', 'database'],
      'what is done to the shop is done from outside; what can be done to it is listed where it is',
    ),
    onlyImports('gateway-imports', '^apps/api-gateway/', ['shared-types', 'service'], 'the edge is thin'),
    {
      name: 'participants-import',
      comment: 'never the engine, never each other',
      severity: 'error',
      from: { path: '^apps/((order|inventory|payment)-service)/' },
      to: {
        path: '^(packages|apps)/',
        pathNot: [
          '^apps/$1/',
          ...['shared-types', 'messaging', 'database', 'batching', 'service', 'participant'].map(own),
        ],
      },
    },
    {
      name: 'shared-types-zod-only',
      comment: 'contracts import zod only',
      severity: 'error',
      from: { path: own('shared-types'), pathNot: '\\.test\\.ts$' },
      to: { path: 'node_modules', pathNot: 'node_modules/zod/' },
    },
    {
      name: 'saga-core-pure',
      comment: 'no I/O, no clock, no imports but types, neither of ours nor of others',
      severity: 'error',
      from: { path: `${own('saga')}src/core/`, pathNot: '\\.(test|test-d|fixture)\\.ts$|\\.property\\.test\\.ts$' },
      to: { pathNot: `${own('saga')}src/core/`, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'saga-runtime-ports',
      comment: 'the runtime takes its store and its sender as ports',
      severity: 'error',
      from: { path: `${own('saga')}src/runtime/`, pathNot: '\\.test\\.ts$' },
      to: { path: [`${own('saga')}src/(postgres|testing)/`, 'node_modules/(pg|drizzle-orm)/'] },
    },
    {
      name: 'engine-without-framework',
      comment: 'the engine never imports Nest, golevelup or amqplib',
      severity: 'error',
      from: { path: own('saga') },
      to: { path: 'node_modules/(@nestjs|@golevelup|amqplib)' },
    },
    {
      name: 'amqp-in-messaging',
      comment:
        'messaging is the only place that knows AMQP; tests, the local stack and the auditor look at the broker from outside',
      severity: 'error',
      from: {
        path: '^(apps|packages)/',
        pathNot: [own('messaging'), own('local-stack'), own('auditor'), '\\.test\\.ts$'],
      },
      to: { path: 'node_modules/(amqplib|amqp-connection-manager)/' },
    },
    {
      name: 'test-databases-in-tests',
      comment: 'what makes databases for tests is for tests',
      severity: 'error',
      from: { pathNot: [own('database'), '\\.test\\.ts$', '/(testing|test|support)/', '^(tests|bench|faults)/'] },
      to: { path: testDatabases },
    },
    {
      name: 'no-cycles',
      comment: 'two files that need each other are one idea in two places',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'resolvable',
      comment: 'an import that cannot be resolved would not be checked either',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'not-to-tests',
      comment: 'what runs in production does not need tests',
      severity: 'error',
      from: { pathNot: '\\.(test|test-d|fixture)\\.ts$|/(testing|test|support)/' },
      to: { path: '\\.(test|fixture)\\.ts$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules|/dist/' },
    exclude: { path: '/drizzle/' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['types', 'import', 'default'] },
    tsConfig: { fileName: 'tsconfig.base.json' },
  },
};
