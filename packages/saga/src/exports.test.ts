import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, it } from 'vitest';

// What is public, types too: a name more is a promise, a name less breaks somebody. So a change is made here as well.

const PUBLIC: Readonly<Record<string, string>> = {
  '.': `
    Again AtWork Beginning BuildOptions COMPENSATION_RETRY Claim Clock CommandContract CommandSender CommandStep
    CompensationBase CompensationContext CompensationDefinition CompensationOptions Control ControlHappening
    CrashPoint DefinitionShape DefinitionStatistics Done Durations EngineLog EventContract Failure GraphWith
    Happening IdempotencyRecord InputOf JournalWrite KeptEvent LocalCall LocalCallContext LocalCompensationContext
    LocalContext LocalOptions LocalStep LogData LogEntry LogEvent MemoryStore MonitorRule Outcome OutgoingCommand
    OutputOf PayloadFor Phase Pruned Refusal RefusalFor RepliesAt RepliesOf ReplyFor Restart RestartRequest
    Retention RetentionJob RetentionJobOptions RetryOption RetryPolicy RuntimeOptions RuntimeStatistics STEP_RETRY
    STEP_TIMEOUT_MS SagaBase SagaBuilder SagaContext SagaCount SagaDefinition SagaError SagaErrorCode SagaEvents
    SagaKey SagaListener SagaMonitor SagaMonitorOptions SagaOptions SagaPage SagaQuery SagaRecord SagaRuntime
    SagaState SagaStatus SagaStore SagaSummary Schema SchemaIssue SchemaResult SignalKey SignalOptions StartRequest
    StartResult StepBase StepBuilder StepContext StepDefinition StepGraph StepOptions StepShape StepState
    StepStatistics StepStatus StoredDefinition Transition Underway Undoing WaitOptions WaitStep Waiting Wish
    WriteResult atWork begin changesBetween contextOf crashPointsOf currentStep defineSaga failureOf fingerprintOf
    fold hasEnded isPastPivot restart runLocal shapeOf silentLog systemClock transition`,
  './postgres': 'PostgresPool PostgresStore Statement migrationsFolder',
  './postgres/schema': 'sagaDefinitions sagaLogs sagaState',
  './testing': `
    Actors Answer Call Conversation Duration Expectation Exploration ExplorationError ExploreOptions
    ExploredParticipants Fault Handler Handlers SagaTestRunner Scenario Sending StartOptions StoreUnderTest
    TestRunner TestRunnerOptions VirtualClock VirtualClockOptions conversation describeStore exploreCrashes failure
    handler msOf refusal`,
};

const packageFolder = new URL('../', import.meta.url);
const { exports } = JSON.parse(readFileSync(new URL('package.json', packageFolder), 'utf8')) as {
  exports: Record<string, string | { types: string }>;
};

/** The names that an entry point exports, by its declarations. */
function namesOf(declarations: string): string[] {
  const file = fileURLToPath(new URL(declarations, packageFolder));
  const program = ts.createProgram([file], { module: ts.ModuleKind.NodeNext, types: [] });
  const source = program.getSourceFile(file);
  const symbol = source && program.getTypeChecker().getSymbolAtLocation(source);
  if (symbol === undefined) throw new Error(`${declarations} is missing, or exports nothing: build the package first`);
  return program
    .getTypeChecker()
    .getExportsOfModule(symbol)
    .map(({ name }) => name)
    .sort();
}

const entryPoints = Object.entries(exports).flatMap(([name, target]) =>
  typeof target === 'string' ? [] : [[name, target.types] as const],
);

it('has these entry points', () => {
  expect(entryPoints.map(([name]) => name)).toEqual(Object.keys(PUBLIC));
});

it.each(entryPoints)('%s exports these names', (name, types) => {
  expect(namesOf(types)).toEqual(PUBLIC[name]?.trim().split(/\s+/).sort());
});
