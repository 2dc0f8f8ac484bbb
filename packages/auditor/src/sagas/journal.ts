import type { Step } from './step.js';

/** One row of `saga_logs`; of its data only what tells where the saga stands. */
export type Entry = readonly [seq: number, event: string, step: string | null, attempt: number | null, data: EntryData];

interface EntryData {
  readonly type?: string;
  readonly version?: number;
  readonly businessKey?: string;
  readonly steps?: readonly string[];
  readonly startsAt?: number;
  readonly retryAt?: number;
  readonly immediate?: true;
  readonly events?: readonly string[];
  readonly event?: string;
  readonly eventSeq?: number;
  readonly error?: { readonly code?: string };
  readonly failure?: { readonly code?: string };
}

/** A saga's row, as far as its journal tells it as well. */
export interface Journal {
  readonly type: string;
  readonly version: number;
  readonly status: string;
  readonly businessKey: string;
  readonly logSeq: number;
  /** The code of what it fails with. */
  readonly failure: string | null;
  readonly steps: ReadonlyMap<string, Pick<Step, 'status' | 'attempt'>>;
}

/** A row of `saga_state`; its steps are text. */
export interface SagaRow extends Omit<Journal, 'steps'> {
  readonly key: string;
  readonly steps: string | null;
  /** Retention has emptied it. */
  readonly pruned: boolean;
}

/** The rows of `saga_logs` of one saga, as text. */
export interface LogsRow {
  readonly key: string;
  readonly entries: string;
}

/** The entries of a text of lines `seq event step attempt data`, where `-` stands for nothing. */
export function entriesOf(text: string): Entry[] {
  return text.split('\n').flatMap((line) => {
    const [, seq, event, step, attempt, data] = /^(\d+) (\S+) (\S+) (\S+)(?: (.*))?$/.exec(line) ?? [];
    if (event === undefined) return [];
    const parsed = data === undefined ? {} : (JSON.parse(data) as EntryData);
    return [
      [Number(seq), event, step === '-' ? null : (step ?? null), attempt === '-' ? null : Number(attempt), parsed],
    ];
  });
}

/** The steps of a text of lines `name status attempt`. */
export function stepsOf(text: string): Journal['steps'] {
  const lines = text === '' ? [] : text.split('\n').map((line) => line.split(' '));
  return new Map(
    lines.map(([name = '', status = '', attempt]) => [
      name,
      { status, attempt: attempt === undefined ? null : Number(attempt) },
    ]),
  );
}

/** Something in a journal that must not be. */
export interface Wrong {
  readonly invariant: 'I13' | 'I14';
  readonly text: string;
}
