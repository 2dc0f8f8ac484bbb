/** What is done to a message instead of sending it once and at once. */
export type MessageFault =
  | { readonly kind: 'duplicate' }
  | { readonly kind: 'delay'; readonly delayMs: number }
  | { readonly kind: 'lose' };

/** What is to go wrong in this process on purpose. Where it is absent, nothing is asked and no name is made. */
export interface Faults {
  /** Called at each boundary with its name; the process may end or stop in it. */
  reached(point: string): void;
  /** What is done to a message that is about to leave. Asked once per message. */
  messageFault(kind: 'command' | 'reply', name: string): MessageFault | undefined;
}

/**
 * Where a message passes through this package, in order: it has been received; its answers are handed over, and the broker
 * has them; it is acknowledged, and the broker knows.
 */
const RECEIVER_BOUNDARIES = ['received', 'before-reply', 'after-reply', 'before-ack', 'after-ack'] as const;
type ReceiverBoundary = (typeof RECEIVER_BOUNDARIES)[number];

/** The boundaries of those who execute these commands: `inventory:received:inventory.reserve`. */
export const receiverPoints = (commands: readonly string[]): string[] =>
  RECEIVER_BOUNDARIES.flatMap((boundary) => commands.map((command) => pointOf(boundary, command)));

/** The boundaries of who sends these commands: `orchestrator:confirmed:inventory.reserve`, when the broker has it. */
export const senderPoints = (commands: readonly string[]): string[] => commands.map(confirmedPoint);

export const confirmedPoint = (command: string): string => `orchestrator:confirmed:${command}`;

/** The name of a participant's boundary: the participant, the boundary, the command. */
export const pointOf = (boundary: ReceiverBoundary | (string & {}), command: string): string =>
  `${command.slice(0, command.indexOf('.'))}:${boundary}:${command}`;

/** Sends as the fault wants it. */
export function sendWith(fault: MessageFault | undefined, send: () => void): void {
  switch (fault?.kind) {
    case 'lose':
      return;
    case 'delay':
      setTimeout(send, fault.delayMs);
      return;
    case 'duplicate':
      send();
  }
  send();
}
