import type { StackReporter } from '../report.js';

const nameWidth = 14;
const tickMs = 10_000;
/** Steps that are quicker than this need no line that says they have begun. */
const quickMs = 4_000;

/** Says each step in one line when it is done, with its time; a long one also says what it is at. */
export class ConsoleReport implements StackReporter {
  constructor(private readonly write: (line: string) => void = (line) => console.log(line)) {}

  async step<T>(
    name: string,
    work: (progress: (line: string) => void) => Promise<T>,
    outcome: (result: T) => string,
  ): Promise<T> {
    const began = performance.now();
    const seconds = () => ((performance.now() - began) / 1000).toFixed(1);
    let at = '';
    let timer = setTimeout(function tick() {
      say(`... ${at === '' ? 'working' : at} (${seconds()} s so far)`);
      timer = setTimeout(tick, tickMs);
    }, quickMs);
    const say = (text: string) => this.write(`  ${name.padEnd(nameWidth)} ${text}`);
    try {
      const result = await work((line) => {
        at = line.trim().slice(0, 100);
      });
      say(`${outcome(result)}  ${seconds()} s`);
      return result;
    } catch (error) {
      say(`failed  ${seconds()} s`);
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  line(text: string): void {
    this.write(`  ${text}`);
  }

  warn(text: string): void {
    this.write(`  Warning: ${text}`);
  }
}
