/** Hears what happens while something comes up; the command line prints it, tests say nothing. */
export interface StackReporter {
  /** Runs a long step and says how long it took; `progress` is for what it is at. */
  step<T>(
    name: string,
    work: (progress: (line: string) => void) => Promise<T>,
    outcome: (result: T) => string,
  ): Promise<T>;
  line(text: string): void;
  warn(text: string): void;
}

export const silent: StackReporter = { step: (_name, work) => work(() => {}), line: () => {}, warn: () => {} };
