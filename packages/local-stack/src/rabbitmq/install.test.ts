import { describe, expect, it } from 'vitest';
import type { Outcome } from '../machine/run.js';
import { StackError } from '../machine/stack-error.js';
import { type InstallTools, installWithApt, planInstall } from './install.js';

const machine = (platform: NodeJS.Platform, root: boolean, ...files: string[]) => ({
  platform,
  root,
  has: (path: string) => files.includes(path),
});
const debian = ['/usr/bin/apt-get', '/etc/debian_version'];

describe('planInstall', () => {
  it('uses apt as root where there is apt, and otherwise names one command to type', () => {
    expect(planInstall(machine('linux', true, ...debian))).toEqual({ way: 'apt' });
    const command = (...args: Parameters<typeof machine>) => {
      const plan = planInstall(machine(...args));
      return plan.way === 'by-hand' ? plan.command : plan.way;
    };
    expect(command('linux', false, ...debian)).toBe('sudo apt-get install -y rabbitmq-server');
    expect(command('linux', false, '/usr/bin/dnf')).toBe('sudo dnf install -y rabbitmq-server');
    expect(command('linux', true, '/sbin/apk')).toBe('apk add rabbitmq-server');
    expect(command('darwin', false)).toBe('brew install rabbitmq');
    expect(command('linux', true)).toBe('docker compose up -d rabbitmq');
  });
});

/** A machine on paper: what was run and written, and with which outcomes. */
function tools(outcomes: Record<string, Outcome[]>, files: string[]) {
  const log: string[] = [];
  const present = new Set(files);
  const all: InstallTools = {
    run: async (command, args) => {
      const verb = args.find((arg) => !arg.startsWith('-')) ?? '';
      log.push(`${command} ${verb}`);
      return outcomes[`${command} ${verb}`]?.shift() ?? { code: 0, output: '' };
    },
    environment: {},
    has: (path) => present.has(path),
    write: (path, text, mode) => {
      log.push(`write ${path} ${mode.toString(8)} ${text.includes('exit 101') ? 'forbids' : 'allows'}`);
      present.add(path);
    },
    remove: (path) => {
      log.push(`remove ${path}`);
      present.delete(path);
    },
    onLine: () => {},
  };
  return { log, all };
}

const policy = '/usr/sbin/policy-rc.d';

describe('installWithApt', () => {
  it('forbids the package to start its service meanwhile', async () => {
    const { log, all } = tools({}, []);
    await installWithApt(all);
    expect(log).toEqual([`write ${policy} 755 forbids`, 'apt-get install', `remove ${policy}`]);
  });

  it('leaves a policy that is there alone, and ends the service where systemd runs', async () => {
    const { log, all } = tools({}, [policy, '/run/systemd/system']);
    await installWithApt(all);
    expect(log).toEqual(['apt-get install', 'systemctl disable']);
  });

  it('fetches the lists of packages when the package is not found, and tries again', async () => {
    const missing = { code: 100, output: 'E: Unable to locate package rabbitmq-server' };
    const { log, all } = tools({ 'apt-get install': [missing] }, [policy]);
    await installWithApt(all);
    expect(log).toEqual(['apt-get install', 'apt-get update', 'apt-get install']);
  });

  it('says what apt said when it cannot be installed, and takes the policy away again', async () => {
    const failed = { code: 100, output: 'Reading...\nE: Could not get lock /var/lib/dpkg/lock\n' };
    const { log, all } = tools({ 'apt-get install': [failed, failed] }, []);
    const installing = installWithApt(all);
    await expect(installing).rejects.toThrow(StackError);
    await expect(installing).rejects.toThrow('E: Could not get lock');
    expect(log.at(-1)).toBe(`remove ${policy}`);
  });
});
