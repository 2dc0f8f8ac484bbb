import { cpuOf, waitedOf } from './cpu.js';

/** What the gateway's process did while it was watched: why answers took what they took. */
export interface GatewayFigures {
  /** Shares of the time in percent: it had a core (all its threads together), it waited for one that others had. */
  readonly ranPercent: number;
  readonly waitedPercent: number;
  /** How late its event loop was, in ms; at least 10, which is how often that is looked at. */
  readonly loopLateP99: number;
  /** Share of the time in which it collected garbage, waiting for a core included. */
  readonly garbagePercent: number;
}

interface Watched {
  readonly url: string;
  readonly pid: number | undefined;
}

/** Begins to watch; the returned function ends it and tells. */
export async function watchGateway({ url, pid = 0 }: Watched): Promise<() => Promise<GatewayFigures>> {
  const look = async () => {
    const metrics = await (await fetch(`${url}/metrics`)).text();
    return { at: performance.now(), ran: cpuOf(pid), waited: waitedOf(pid), garbage: garbageOf(metrics), metrics };
  };
  const before = await look();
  return async () => {
    const after = await look();
    const percent = (seconds: number) => (100_000 * seconds) / (after.at - before.at);
    return {
      ranPercent: percent(after.ran - before.ran),
      waitedPercent: percent(after.waited - before.waited),
      // Of the time since it was asked for last.
      loopLateP99: 1_000 * Number(/^nodejs_eventloop_lag_p99_seconds\S* (\S+)$/m.exec(after.metrics)?.[1]),
      garbagePercent: percent(after.garbage - before.garbage),
    };
  };
}

/** Seconds in all. */
function garbageOf(metrics: string): number {
  const sums = [...metrics.matchAll(/^nodejs_gc_duration_seconds_sum\S* (\S+)$/gm)];
  return sums.reduce((sum, [, seconds]) => sum + Number(seconds), 0);
}
