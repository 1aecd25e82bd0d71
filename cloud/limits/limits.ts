/** Counters that say "enough": of failures, sends, attempts. They stand in Redis, so that all nodes count together. */
export interface LimitWant {
  /** e.g. `person:<id>:fails`, `number:<digest>:hour`, `address:203.0.113.0/24:sends`. Never a number or a name in the clear. */
  readonly key: string;
  readonly limit: number;
  readonly windowMs: number;
  /** 1 when left out; 0 only looks; below 0 gives back what was taken. */
  readonly amount?: number;
}

export interface LimitRefusal {
  readonly key: string;
  /** Epoch ms at which one is free again. */
  readonly until: number;
}

export interface Limits {
  /** Takes from every counter or, when one is exhausted, from none; null when all had enough. One round trip. */
  take(tenantId: string, wants: readonly LimitWant[]): Promise<LimitRefusal | null>;
  /** Forgets all counters whose key begins with `person:<id>:` (a helpdesk lifts a block). How many there were. */
  clearPerson(tenantId: string, personId: string): Promise<number>;
}
