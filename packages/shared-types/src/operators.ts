import { z } from 'zod';
import { timestamp, uuid } from './values.js';

/** Where a saga stands; the words of the glossary. */
export const sagaStatus = z.enum([
  'RUNNING',
  'WAITING',
  'PAUSED',
  'COMPENSATING',
  'COMPENSATION_FAILED',
  'COMPLETED',
  'COMPENSATED',
]);

/** What an operator may do to a saga that has not ended. */
export const sagaAction = z.enum(['retry', 'skip', 'compensate', 'pause', 'resume', 'cancel']);
export type SagaAction = z.output<typeof sagaAction>;

const word = z.string().min(1).max(200);

/** Which sagas: what is left out does not matter. */
export const sagaFilter = z.strictObject({
  status: z.array(sagaStatus).min(1).optional(),
  type: word.optional(),
  /** The step at which it is at work, or parked, now. */
  step: word.optional(),
  errorCode: word.optional(),
  /** How the business key, the order's id, begins. */
  text: word.optional(),
  olderThanSeconds: z.coerce.number().int().min(0).max(1e9).optional(),
});
export type SagaFilter = z.output<typeof sagaFilter>;

/** The query of `GET /sagas`: the filter, statuses separated by commas, and which page. */
export const sagaListQuery = z.strictObject({
  ...sagaFilter.shape,
  status: z
    .string()
    .transform((text) => text.split(','))
    .pipe(z.array(sagaStatus))
    .optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
  cursor: z.string().min(1).max(512).optional(),
});

/** Body of `POST /sagas/{id}/{action}`: why, and who; for `skip` the step, and the reply that later steps need. */
export const sagaActionRequest = z.strictObject({
  reason: z.string().min(1).max(500),
  by: z.string().min(1).max(100),
  step: word.optional(),
  reply: z.unknown().optional(),
});
/** The same at the gateway: who acts is known by their token, and nobody says it in a body. */
export const sagaActionBody = sagaActionRequest.omit({ by: true });
export type SagaActionRequest = z.output<typeof sagaActionRequest>;

/** Body of `POST /sagas/bulk`: the same to many. A dry run changes nothing and says how many it would be. */
export const sagaBulkRequest = z.strictObject({
  filter: sagaFilter.refine((filter) => Object.keys(filter).length > 0, {
    message: 'must name at least a status: without a filter it would be every saga there is',
  }),
  action: sagaAction,
  reason: sagaActionRequest.shape.reason,
  by: sagaActionRequest.shape.by,
  step: word.optional(),
  dryRun: z.boolean().default(false),
  /** Most sagas of one call. */
  limit: z.int().min(1).max(500).default(500),
});
export const sagaBulkBody = sagaBulkRequest.omit({ by: true });
export type SagaBulkRequest = z.output<typeof sagaBulkRequest>;

const failure = z.object({ code: z.string(), message: z.string(), step: z.string().optional(), details: z.unknown() });

/** A saga in a list. */
export const sagaSummary = z.object({
  id: uuid,
  type: z.string(),
  version: z.int(),
  status: sagaStatus,
  businessKey: z.string(),
  currentStep: z.string().nullable(),
  failure: failure.partial({ details: true }).optional(),
  /** The orchestrator that goes on with it; null: whichever takes it over. */
  owner: z.string().nullable(),
  revision: z.int(),
  createdAt: timestamp,
  updatedAt: timestamp,
  endedAt: timestamp.optional(),
  /** When it will be looked at again; null: never by itself. */
  dueAt: timestamp.nullable(),
});

/** A page of `GET /sagas`, the latest created first. */
export const sagaPage = z.object({ items: z.array(sagaSummary), nextCursor: z.string().optional() });
export type SagaList = z.output<typeof sagaPage>;

/** `GET /sagas/{id}`: all that the journal knows of it. */
export const sagaDetail = z.object({
  id: uuid,
  type: z.string(),
  version: z.int(),
  status: sagaStatus,
  businessKey: z.string(),
  currentStep: z.string().nullable(),
  failure: failure.partial({ details: true }).optional(),
  owner: z.string().nullable(),
  revision: z.int(),
  input: z.unknown(),
  /** By name, in the order of the definition as far as it is known here. */
  steps: z.record(z.string(), z.looseObject({ status: z.string() })),
  logs: z.array(
    z.object({
      seq: z.int(),
      event: z.string(),
      step: z.string().nullable(),
      attempt: z.int().nullable(),
      data: z.unknown(),
      at: timestamp,
    }),
  ),
  createdAt: timestamp,
  updatedAt: timestamp,
  endedAt: timestamp.optional(),
});
export type SagaDetail = z.output<typeof sagaDetail>;

const durations = z.looseObject({ count: z.int() });

/** `GET /sagas/statistics`: what has not ended in the journal; what the orchestrator that answers has done since its start. */
export const sagaStatistics = z.object({
  journal: z.array(z.object({ type: z.string(), version: z.int(), status: sagaStatus, count: z.int() })),
  process: z.object({
    since: z.number(),
    definitions: z.array(
      z.looseObject({
        type: z.string(),
        version: z.int(),
        active: z.int(),
        started: z.int(),
        completed: z.int(),
        compensated: z.int(),
        parked: z.int(),
        durations: durations.optional(),
      }),
    ),
  }),
});

/** `202` of an action. */
export const sagaActionResult = z.object({ id: uuid, businessKey: z.string(), status: sagaStatus });

/** `200` of a bulk action. `more`: the filter matches further sagas; ask again. */
export const sagaBulkResult = z.object({
  dryRun: z.boolean(),
  matched: z.int(),
  applied: z.int(),
  more: z.boolean(),
  results: z.array(
    z.object({
      id: uuid,
      businessKey: z.string(),
      applied: z.boolean(),
      status: sagaStatus.optional(),
      code: z.string().optional(),
      message: z.string().optional(),
    }),
  ),
});
export type SagaBulkResult = z.output<typeof sagaBulkResult>;
