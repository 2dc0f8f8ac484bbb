/** One thing that is to go wrong, once: `kill inventory:after-commit:inventory.reserve`, `delay:800 reply order.create 2`. */
export interface Instruction {
  /** As it was written, with single blanks. */
  readonly text: string;
  readonly fault: Fault;
  /** The boundary's name, or `command <name>`, `reply <name>`. */
  readonly target: string;
  /** Which of the times that the target is met, from 1. */
  readonly nth: number;
}

/** The end of the process, or its rest until somebody sends SIGCONT. */
interface End {
  readonly kind: 'kill' | 'stop';
}
export type MessageFault =
  | { readonly kind: 'duplicate' | 'lose' }
  | { readonly kind: 'delay'; readonly delayMs: number };
export type Fault = End | MessageFault;

export const isEnd = (fault: Fault): fault is End => fault.kind === 'kill' || fault.kind === 'stop';

const FORM = /^(?:(kill|stop) (\S+:\S+)|(duplicate|lose|delay:(\d{1,7})) ((?:command|reply) \S+))(?: ([1-9]\d{0,5}))?$/;

/** What the plan asks for, and the parts of it that are no instructions. Instructions are separated by `;` or line ends. */
export function readInstructions(plan: string): { instructions: Instruction[]; unreadable: string[] } {
  const instructions: Instruction[] = [];
  const unreadable: string[] = [];
  for (const part of plan.split(/[;\n]/)) {
    const text = part.trim().replaceAll(/\s+/g, ' ');
    if (text === '') continue;
    const match = FORM.exec(text);
    if (match) instructions.push(instructionOf(text, match));
    else unreadable.push(text);
  }
  return { instructions, unreadable };
}

function instructionOf(text: string, [, end, point, message, delayMs, letter, nth]: RegExpExecArray): Instruction {
  const fault = (
    delayMs === undefined ? { kind: end ?? message } : { kind: 'delay', delayMs: Number(delayMs) }
  ) as Fault;
  return { text, fault, target: point ?? letter ?? '', nth: Number(nth ?? 1) };
}
