import type { ProcessRef } from './machine/processes.js';

/** Where a server came from; the first of these that serves is taken. */
export type Origin = 'environment' | 'answering' | 'docker' | 'native';

export interface Endpoint {
  readonly url: string;
  /** RabbitMQ's management page, where there is one. */
  readonly managementUrl?: string | undefined;
}

export type Ports = Readonly<Record<string, number>>;

/** What is written down about a native server, so that another process finds it again. */
export interface NativeRecord {
  readonly ports: Ports;
  /** By role: a broker is two processes. */
  readonly processes: Readonly<Record<string, ProcessRef>>;
}

/** Hears of processes a server has started or ended: the guard and the state file follow. */
export interface ProcessListener {
  started(ref: ProcessRef, signal: NodeJS.Signals): void;
  ended(ref: ProcessRef): void;
}

/** A server on this machine that is ours to start and stop. */
export interface OwnServer {
  /** Starts it, and returns when it serves. Does nothing when it runs. */
  start(): Promise<void>;
  /** Ends it politely, and returns when it is gone. */
  stop(): Promise<void>;
  /** Ends it as a crash would, and returns when it is gone. */
  kill(): Promise<void>;
  isRunning(): boolean | Promise<boolean>;
}

/** One that runs as plain processes of ours. */
export interface NativeServer extends OwnServer {
  readonly version: string;
  readonly logFile: string;
  record(): NativeRecord;
}
