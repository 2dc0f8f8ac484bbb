import type { Log } from '../log.js';

/** A log that keeps its lines, for tests to look at. */
export interface RecordingLog extends Log {
  readonly lines: { level: string; message: string; fields: object }[];
  has(level: string, text: string): boolean;
}

export function recordingLog(): RecordingLog {
  const lines: RecordingLog['lines'] = [];
  const at = (level: string) => (fields: object, message: string) => void lines.push({ level, message, fields });
  const has = (level: string, text: string) =>
    lines.some((line) => line.level === level && line.message.includes(text));
  return { lines, has, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
