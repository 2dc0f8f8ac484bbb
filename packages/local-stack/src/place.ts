import { join } from 'node:path';
import type { ComposeService } from './docker.js';
import { dataFolderFor, makeFolder } from './machine/data-folder.js';
import { guard } from './machine/guard.js';
import { readJson, writeJson } from './machine/json-file.js';
import type { NativeRecord, Ports, ProcessListener } from './server.js';
import { type Environment, readSettings, type StackSettings } from './settings.js';
import { claim, sweep } from './sweep.js';

export type Profile = 'dev' | 'test' | 'bench';

/** What is remembered about a server that is ours to stop. */
export type ServerRecord =
  | { readonly origin: 'native'; readonly why: string; readonly version: string; readonly native: NativeRecord }
  | { readonly origin: 'docker'; readonly why: string; readonly version: string; readonly ports: Ports };

export interface StackState {
  readonly rabbitmq?: ServerRecord;
  readonly postgres?: ServerRecord;
}

/**
 * One instance of the stack on this machine: its folder and what is written down about it. The developer's lives on
 * after us and is found again by its state file; those of tests and of the bench are guarded, and end with us.
 */
export class Place {
  constructor(
    readonly profile: Profile,
    readonly settings: StackSettings,
    readonly dataFolder: string,
    readonly folder: string,
  ) {}

  get throwaway(): boolean {
    return this.profile !== 'dev';
  }

  get composeProject(): string {
    return this.throwaway ? `saga-checkout-${this.folder.split('/').at(-1)}` : 'saga-checkout';
  }

  folderOf(service: ComposeService): string {
    return join(this.folder, service);
  }

  state(): StackState {
    return readJson<StackState>(join(this.folder, 'stack.json')) ?? {};
  }

  remember(service: ComposeService, record: ServerRecord | undefined): void {
    const { [service]: _old, ...others } = this.state();
    writeJson(join(this.folder, 'stack.json'), record ? { ...others, [service]: record } : others);
  }

  /**
   * Hears of every process the moment it exists: it is written down at once, so that it is found again even when we
   * are interrupted, and for throwaway instances the guard takes note.
   */
  listener(onChange: () => void): ProcessListener {
    return {
      started: (ref, signal) => {
        if (this.throwaway) guard.hold(ref, signal);
        onChange();
      },
      ended: (ref) => {
        guard.release(ref);
        onChange();
      },
    };
  }
}

let instances = 0;

export function openPlace(profile: Profile, source: Environment): Place {
  const settings = readSettings(source);
  const dataFolder = makeFolder(dataFolderFor(settings.dataFolder, source));
  const name = profile === 'dev' ? 'dev' : `${profile}-${process.pid}-${++instances}`;
  if (profile !== 'dev') sweep(dataFolder);
  const folder = makeFolder(join(dataFolder, name));
  if (profile !== 'dev') claim(folder);
  return new Place(profile, settings, dataFolder, folder);
}
