/** Chance and time for simulations. The same seed gives the same run. */

export interface Chance {
  /** Whole number, both ends included. */
  readonly between: (low: number, high: number) => number;
  readonly chance: (probability: number) => boolean;
}

/** Mulberry32: small, fast, and the same everywhere. */
export function seededChance(seed: number): Chance {
  let state = seed >>> 0;
  const random = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return {
    between: (low, high) => low + Math.floor(random() * (high - low + 1)),
    chance: (probability) => random() < probability,
  };
}

export interface SimulatedTime {
  /** Milliseconds since the start. */
  readonly now: number;
  readonly after: (delayMs: number, run: () => void) => void;
  /** Runs due work in order until nothing is left or the end is reached. */
  runUntil(endMs: number): Promise<void>;
}

export function createSimulatedTime(): SimulatedTime {
  let now = 0;
  /** Sorted with the soonest last; among equals the one added first. */
  const events: { readonly at: number; readonly run: () => void }[] = [];
  return {
    get now() {
      return now;
    },
    after: (delayMs, run) => {
      const event = { at: now + delayMs, run };
      const later = events.findLastIndex(({ at }) => at > event.at);
      events.splice(later + 1, 0, event);
    },
    async runUntil(endMs) {
      for (let event = events.pop(); event !== undefined && event.at <= endMs; event = events.pop()) {
        now = event.at;
        event.run();
        await new Promise(setImmediate); // all consequences happen before the next event
      }
    },
  };
}
