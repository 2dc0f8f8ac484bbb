import type { FaultRecord } from './fault-record.js';
import { type Fault, type Instruction, isEnd, type MessageFault } from './instruction.js';

interface Armed extends Instruction {
  met: number;
}

const SIGNALS = { kill: 'SIGKILL', stop: 'SIGSTOP' } as const;

/** Does what a plan asks for, each instruction once, when its target is met for the nth time. */
export class FaultPlan {
  readonly #record: FaultRecord;
  #armed = new Map<string, Armed[]>();

  constructor(record: FaultRecord) {
    this.#record = record;
  }

  /** Follows these instructions from now on, and no others. */
  follow(instructions: readonly Instruction[]): void {
    this.#armed = Map.groupBy(
      instructions.map((instruction) => ({ ...instruction, met: 0 })),
      ({ target }) => target,
    );
  }

  /** Ends or stops the process if the plan says so; what was done stands in the record before. */
  reached(point: string): void {
    const fault = this.#meet(point);
    if (fault && isEnd(fault)) process.kill(process.pid, SIGNALS[fault.kind]);
  }

  /** What is to be done to the message. */
  messageFault(kind: 'command' | 'reply', name: string): MessageFault | undefined {
    const fault = this.#meet(`${kind} ${name}`);
    return fault && !isEnd(fault) ? fault : undefined;
  }

  #meet(target: string): Fault | undefined {
    const due = this.#armed.get(target)?.filter((each) => ++each.met === each.nth) ?? [];
    return due.find(({ text }) => this.#record.claim(text))?.fault;
  }
}
