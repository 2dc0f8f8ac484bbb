import { failureOf, type SagaRuntime } from '@saga-checkout/saga';
import type { createLogger, createMetrics } from '@saga-checkout/service';
import { Counter, Gauge, Histogram } from 'prom-client';
import type { Participants } from './participants/participants.js';

type Registry = ReturnType<typeof createMetrics>['registry'];
type Log = ReturnType<typeof createLogger>;

/** Makes what the engine does visible: metrics, and log lines for what a person must know. */
export function observe(runtime: SagaRuntime, registry: Registry, log: Log): void {
  observeEnds(runtime, [registry]);
  observeSteps(runtime, [registry], log);
  observeTroubles(runtime, [registry], log);
  new Gauge({
    name: 'saga_active',
    help: 'Sagas that this process is at work on',
    registers: [registry],
    collect() {
      this.set(runtime.activeCount);
    },
  });
}

/** One line per participant and state, of which one is 1: whether new checkouts are let through to it. */
export function observeParticipants(participants: Participants, registry: Registry): void {
  new Gauge({
    name: 'participant_breaker_state',
    help: 'Whether new checkouts are let through to a participant: closed (all), half-open (one to try), open (none)',
    labelNames: ['participant', 'state'],
    registers: [registry],
    collect() {
      for (const { name, state } of participants.states()) {
        for (const each of ['closed', 'half-open', 'open'] as const)
          this.set({ participant: name, state: each }, each === state ? 1 : 0);
      }
    },
  });
}

function observeEnds(runtime: SagaRuntime, registers: Registry[]): void {
  const ended = new Counter({
    name: 'saga_ended_total',
    help: 'Sagas that ended, by type, status and failure code',
    labelNames: ['type', 'status', 'code'],
    registers,
  });
  const duration = new Histogram({
    name: 'saga_duration_seconds',
    help: 'Time from the start of a saga to its end, by type and status',
    labelNames: ['type', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    registers,
  });
  for (const event of ['sagaCompleted', 'sagaCompensated'] as const) {
    runtime.on(event, (saga) => {
      const { type, status, createdAt, updatedAt } = saga;
      ended.inc({ type, status, code: failureOf(saga)?.code ?? '' });
      duration.observe({ type, status }, (updatedAt - createdAt) / 1_000);
    });
  }
}

function observeSteps(runtime: SagaRuntime, registers: Registry[], log: Log): void {
  const labelNames = ['type', 'step'] as const;
  const retried = new Counter({
    name: 'saga_step_retried_total',
    help: 'Commands sent again, by type and step',
    labelNames,
    registers,
  });
  const failed = new Counter({
    name: 'saga_step_failed_total',
    help: 'Steps that were given up, whose outcome is unknown, by type and step',
    labelNames,
    registers,
  });
  runtime.on('stepRetried', ({ type, sagaId }, { step, attempt }) => {
    retried.inc({ type, step: step ?? '' });
    log.debug({ sagaId, step, attempt }, 'sent again');
  });
  runtime.on('stepFailed', ({ type }, { step }) => failed.inc({ type, step: step ?? '' }));
}

function observeTroubles(runtime: SagaRuntime, registers: Registry[], log: Log): void {
  const labelNames = ['type'] as const;
  const parked = new Counter({
    name: 'saga_parked_total',
    help: 'Sagas whose compensation failed and that wait for a person',
    labelNames,
    registers,
  });
  const recovered = new Counter({
    name: 'saga_recovered_total',
    help: 'Sagas that this process took over, by type',
    labelNames,
    registers,
  });
  runtime.on('sagaParked', ({ type, sagaId, businessKey }) => {
    parked.inc({ type });
    log.error({ sagaId, businessKey }, 'a compensation failed for good: retry or skip it by hand');
  });
  runtime.on('sagaRecovered', ({ type }) => recovered.inc({ type }));
}
