import type { ComposeService } from './docker.js';
import type { PortWish } from './machine/ports.js';
import type { Run } from './machine/run.js';
import type { Endpoint, NativeRecord, NativeServer, Ports, ProcessListener } from './server.js';
import type { StackSettings } from './settings.js';

interface Answer {
  readonly ok: boolean;
  readonly detail: string;
}

interface NativeRequest {
  /** The folder of this very server: data, logs, configuration. */
  readonly folder: string;
  readonly dataFolder: string;
  readonly ports: Ports;
  readonly record: NativeRecord | undefined;
  readonly listener: ProcessListener;
  /** A throwaway instance of a test: it need not be asked politely for long. */
  readonly throwaway: boolean;
}

/** What the order of ways has to know about RabbitMQ and about Postgres. */
export interface Kind {
  readonly name: 'RabbitMQ' | 'Postgres';
  readonly service: ComposeService;
  /** The environment variable that names a server to use. */
  readonly urlVariable: string;
  /** The server the environment names. */
  given(settings: StackSettings): Endpoint | undefined;
  /** The ports people use, by name. */
  wishes(settings: StackSettings): Readonly<Record<string, PortWish>>;
  /** Where a server of ours with these ports is found, with our login. */
  endpoint(ports: Ports): Endpoint;
  /** The variables by which docker-compose.yaml publishes these ports. */
  composeEnvironment(ports: Ports): Record<string, string>;
  probe(endpoint: Endpoint): Promise<Answer>;
  /** Whether it could run natively without anybody's help. */
  nativePossible(): boolean;
  /** Gets what is missing (with apt, say), and tells what is there in words: "RabbitMQ 3.10.8 is installed". */
  prepareNative(run: Run, onLine: (line: string) => void): Promise<string>;
  /** Ports nobody but the server itself needs to know, chosen when it is started. */
  innerPorts(): Promise<Ports>;
  native(request: NativeRequest): NativeServer;
}
