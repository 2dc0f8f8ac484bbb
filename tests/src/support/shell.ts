import { execFile, execFileSync } from 'node:child_process';

/** What a script printed, and the status codes of the HTTP answers that curl got. */
export interface Output {
  readonly text: string;
  readonly statuses: readonly number[];
}

/** The commands of a script, one each, whether they take one line or many. */
export function commandsOf(script: string): string[] {
  const commands: string[] = [];
  let open = '';
  for (const line of script.split('\n')) {
    open += open === '' ? line : `\n${line}`;
    if (!isWhole(open)) continue;
    if (open.replace(/^\s*#.*$/gm, '').trim() !== '') commands.push(open.trim());
    open = '';
  }
  if (open.trim() !== '') commands.push(open.trim()); // bash says what is wrong with it
  return commands;
}

const isWhole = (command: string): boolean => !command.endsWith('\\') && isScript(command);

/** Whether bash can read it. */
export function isScript(text: string): boolean {
  try {
    execFileSync('bash', ['-n', '-c', text], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Tells each answer's status on standard error, whatever the options are that the reader is shown. */
const CURL = `curl() { command curl --write-out '%{stderr}HTTP %{http_code}\\n' "$@"; }\n`;

/** Runs a script as a reader would who pastes it, but stops at the first command that fails. */
export function runScript(script: string, cwd: string): Promise<Output> {
  return new Promise((resolve, reject) => {
    execFile('bash', ['-euo', 'pipefail', '-c', CURL + script], { cwd, timeout: 30_000 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${error.message}\n${stdout}\n${stderr}`));
      else resolve({ text: stdout, statuses: [...stderr.matchAll(/^HTTP (\d+)$/gm)].map(([, code]) => Number(code)) });
    });
  });
}
