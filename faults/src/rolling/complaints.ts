import { readFileSync } from 'node:fs';
import type { ServiceProcess } from '@saga-checkout/local-stack';

interface Line {
  readonly level?: number;
  readonly time?: string;
  readonly msg?: string;
  readonly err?: { readonly message?: string };
}

/** pino's number for errors. */
const ERROR = 50;

/** What a process has written down as an error since then (epoch ms), and when it refused new checkouts for a participant's sake. */
export function complaintsOf({ name, logFile }: ServiceProcess, since: number): string[] {
  return readFileSync(logFile, 'utf8')
    .split('\n')
    .map(lineOf)
    .filter(({ time }) => time === undefined || Date.parse(time) >= since)
    .filter(({ level = 0, msg = '' }) => level >= ERROR || msg.includes('new checkouts are refused'))
    .map(({ msg, err }) => `${name}: ${msg}${err?.message === undefined ? '' : ` (${err.message})`}`);
}

function lineOf(text: string): Line {
  try {
    return text === '' ? {} : (JSON.parse(text) as Line);
  } catch {
    return { level: ERROR, msg: text }; // not a logger's: something went wrong before there was one
  }
}
