import { join } from 'node:path';
import { makeFolder } from '../machine/data-folder.js';
import { freePorts } from '../machine/ports.js';
import { type StackReporter, silent } from '../report.js';
import { chooseServicePorts, localUrl } from './choose-ports.js';
import { definitions, type ServiceName, serviceNames } from './definitions.js';
import { environmentOf, type Servers } from './environment.js';
import { ServiceProcess } from './service-process.js';
import { Services } from './services.js';
import { Supervisor } from './supervisor.js';

export interface StartServicesOptions {
  readonly stack: Servers & { readonly folder: string };
  /** Only these; default: all five. */
  readonly only?: readonly ServiceName[];
  /** Environment on top: for `all`, for one service, or for one replica by its name. */
  readonly env?: Readonly<Partial<Record<ServiceName | 'all' | (string & {}), Record<string, string>>>>;
  /** How many of each; replicas are named `<service>-2`, `<service>-3`, … Default: one. */
  readonly replicas?: Partial<Record<ServiceName, number>>;
  /** `default`: 3000 to 3004, or what the environment sets, or the next free ones. `free`: any. */
  readonly ports?: 'default' | 'free';
  /** Databases of other names than the usual ones. */
  readonly databases?: Partial<Record<ServiceName, string>>;
  /** Starts a service again that ends without being asked to, with backoff, and says so. Off by default. */
  readonly supervise?: boolean;
  /** Whether the services read their `.env`. Off by default: a test wants to know what it runs. */
  readonly readDotEnv?: boolean;
  readonly logFolder?: string;
  readonly readyTimeoutMs?: number;
  /** How long a service may drain after SIGTERM. */
  readonly patienceMs?: number;
  readonly report?: StackReporter;
}

/**
 * Starts the built services, each a process of its own, and returns when all are ready. Their databases must have been
 * migrated before. They end with this process, whatever becomes of it.
 */
export async function startServices(options: StartServicesOptions): Promise<Services> {
  const report = options.report ?? silent;
  const places = await placesFor(options, report);
  const supervisor = options.supervise ? new Supervisor((line) => report.line(line)) : undefined;
  const logFolder = makeFolder(options.logFolder ?? join(options.stack.folder, 'logs'));
  const processes = places.map(({ name, service, port }) => {
    const one: ServiceProcess = new ServiceProcess(
      {
        name,
        service,
        port,
        environment: {
          ...process.env,
          ...environmentOf(options, service, port, (other) => urlsOf(places, other)),
          ...options.env?.all,
          ...options.env?.[service],
          ...(name !== service && options.env?.[name]),
        },
        logFile: join(logFolder, `${name}.log`),
        readDotEnv: options.readDotEnv ?? false,
        patienceMs: options.patienceMs ?? 12_000,
      },
      (how) => supervisor?.ended(one, how),
    );
    return one;
  });
  const services = new Services(processes, supervisor, options.readyTimeoutMs ?? 60_000);
  try {
    await services.startAll();
  } catch (error) {
    await services.stop();
    throw error;
  }
  return services;
}

interface ServicePlace {
  readonly name: string;
  readonly service: ServiceName;
  readonly port: number;
}

/** Which processes there will be, and on which ports. */
async function placesFor(options: StartServicesOptions, report: StackReporter): Promise<ServicePlace[]> {
  const chosen = serviceNames.filter((name) => options.only?.includes(name) ?? true);
  const known =
    options.ports === 'default'
      ? await chooseServicePorts(chosen, process.env, report)
      : new Map<ServiceName, number>();
  const places: ServicePlace[] = [];
  for (const service of chosen) {
    const count = options.replicas?.[service] ?? 1;
    const first = known.get(service);
    const ports = [
      ...(first === undefined ? [] : [first]),
      ...(await freePorts(count - (first === undefined ? 0 : 1))),
    ];
    places.push(...ports.map((port, index) => ({ name: replicaName(service, index), service, port })));
  }
  return places;
}

const replicaName = (service: ServiceName, index: number) => (index === 0 ? service : `${service}-${index + 1}`);

/** Where a service is, or would be: a gateway that is started alone points at the default ports. */
function urlsOf(places: readonly ServicePlace[], service: ServiceName): string[] {
  const found = places.filter((place) => place.service === service);
  const ports = found.length > 0 ? found.map(({ port }) => port) : [definitions[service].defaultPort];
  return ports.map(localUrl);
}
