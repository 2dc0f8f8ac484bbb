import type { Kind } from '../kind.js';
import { serverAccount } from '../machine/accounts.js';
import { requireReachable } from '../machine/data-folder.js';
import { findPackagedPostgres, installBinaries } from './binaries.js';
import { NativePostgres } from './native.js';
import { postgresUrl, probePostgres } from './probe.js';

const portOf = (ports: Readonly<Record<string, number>>): number => ports.postgres ?? 5432;

export const postgresKind: Kind = {
  name: 'Postgres',
  service: 'postgres',
  urlVariable: 'STACK_POSTGRES_URL',
  given: ({ postgresUrl: url }) => (url === undefined ? undefined : { url }),
  wishes: ({ ports }) => ({ postgres: ports.postgres }),
  endpoint: (ports) => ({ url: postgresUrl(portOf(ports)) }),
  composeEnvironment: (ports) => ({ STACK_POSTGRES_PORT: String(portOf(ports)) }),
  probe: ({ url }) => probePostgres(url),
  nativePossible() {
    try {
      return findPackagedPostgres() !== undefined;
    } catch {
      return false; // not packaged for this platform; prepareNative says so in full
    }
  },
  async prepareNative() {
    return `Postgres ${findPackagedPostgres().version} comes with the packages`;
  },
  innerPorts: async () => ({}),
  native({ folder, dataFolder, ports, record, listener }) {
    const account = serverAccount(['postgres']);
    requireReachable(dataFolder, account);
    return new NativePostgres({
      folder,
      ports: { postgres: portOf(ports) },
      binaries: installBinaries(dataFolder),
      account,
      listener,
      ...(record && { processes: record.processes }),
    });
  },
};
