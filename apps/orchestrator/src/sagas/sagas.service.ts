import { type Control, SagaError, type SagaQuery, type SagaRuntime, type SagaStore } from '@saga-checkout/saga';
import type {
  SagaAction,
  SagaActionRequest,
  SagaBulkRequest,
  SagaBulkResult,
  SagaFilter,
} from '@saga-checkout/shared-types';

export interface SagasOptions {
  readonly runtime: SagaRuntime;
  readonly store: SagaStore;
  readonly now?: () => number;
}

/** So many sagas of a bulk action are written at the same time: they meet in one round of the journal. */
const AT_ONCE = 50;
/** An action on an ended saga never applies, so a bulk filter that names no status means these. */
const NOT_ENDED = ['RUNNING', 'WAITING', 'PAUSED', 'COMPENSATING', 'COMPENSATION_FAILED'] as const;

/** What operators see of sagas, and do to them. */
export class Sagas {
  readonly #options: SagasOptions;

  constructor(options: SagasOptions) {
    this.#options = options;
  }

  /** One page of what the filter matches. @throws SagaError INVALID_QUERY, JOURNAL_UNAVAILABLE */
  list(filter: SagaFilter, page: { readonly limit: number; readonly cursor?: string | undefined }) {
    return this.#read(() => this.#options.store.list(this.#queryOf(filter, page)));
  }

  /** A saga with its journal; undefined if there is none. @throws SagaError JOURNAL_UNAVAILABLE */
  async find(sagaId: string) {
    const record = await this.#options.runtime.find({ by: 'id', sagaId });
    if (record === undefined) return undefined;
    return { record, logs: await this.#read(() => this.#options.store.logs(sagaId)) };
  }

  /** What has not ended, in the whole journal; and what this process has done since its start. */
  async statistics() {
    const { runtime } = this.#options;
    return { journal: await runtime.counts(), process: runtime.statistics() };
  }

  /** @throws SagaError as `SagaRuntime.control` */
  act(sagaId: string, action: SagaAction, request: SagaActionRequest) {
    return this.#options.runtime.control(sagaId, happeningOf(action, request));
  }

  /** Does the same to all that the filter matches; whatever refuses says why. @throws SagaError JOURNAL_UNAVAILABLE */
  async bulk({ filter, action, dryRun, limit, ...request }: SagaBulkRequest): Promise<SagaBulkResult> {
    const { sagas, nextCursor } = await this.list({ status: [...NOT_ENDED], ...filter }, { limit });
    const results: SagaBulkResult['results'] = [];
    for (let from = 0; from < sagas.length && !dryRun; from += AT_ONCE) {
      const some = sagas.slice(from, from + AT_ONCE);
      results.push(...(await Promise.all(some.map((saga) => this.#one(saga, action, request)))));
    }
    const applied = results.filter((result) => result.applied).length;
    return { dryRun, matched: sagas.length, applied, more: nextCursor !== undefined, results };
  }

  async #one(
    { sagaId: id, businessKey }: { readonly sagaId: string; readonly businessKey: string },
    action: SagaAction,
    request: SagaActionRequest,
  ): Promise<SagaBulkResult['results'][number]> {
    try {
      const { status } = await this.act(id, action, request);
      return { id, businessKey, applied: true, status };
    } catch (error) {
      if (!(error instanceof SagaError)) throw error;
      return { id, businessKey, applied: false, code: error.code, message: error.message };
    }
  }

  #queryOf(filter: SagaFilter, { limit, cursor }: { limit: number; cursor?: string | undefined }): SagaQuery {
    const { status, type, step, errorCode, text, olderThanSeconds } = filter;
    const { now = Date.now } = this.#options;
    return {
      limit,
      ...(status !== undefined && { statuses: status }),
      ...(type !== undefined && { types: [type] }),
      ...(step !== undefined && { step }),
      ...(errorCode !== undefined && { errorCode }),
      ...(text !== undefined && { businessKeyPrefix: text }),
      ...(olderThanSeconds !== undefined && { createdBefore: now() - olderThanSeconds * 1_000 }),
      ...(cursor !== undefined && { cursor }),
    };
  }

  /** What the store throws when the database is away, as the engine says it. */
  async #read<T>(reading: () => Promise<T>): Promise<T> {
    try {
      return await reading();
    } catch (cause) {
      if (cause instanceof SagaError) throw cause;
      const message = 'the journal cannot be read; try again in a second';
      throw new SagaError('JOURNAL_UNAVAILABLE', message, { cause, retryAfterMs: 1_000 });
    }
  }
}

function happeningOf(action: SagaAction, { reason, by, step = '', reply }: SagaActionRequest): Control {
  if (action === 'skip') return { kind: 'skip', step, reason, by, ...(reply !== undefined && { reply }) };
  return { kind: action === 'cancel' ? 'cancelRequested' : action, reason, by };
}
