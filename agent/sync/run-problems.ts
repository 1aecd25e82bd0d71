/** Turns what a run cannot use into the changes that tell the cloud, and keeps the first of them for the run's result. */
import { listedDn, type SyncChange, type SyncProblem } from "../../shared/protocol/frames.ts";
import { LIMITS } from "../../shared/protocol/limits.ts";
import type { DirectoryEntry } from "../directory/directory.ts";
import type { MappedEntry, UnusableValue } from "./map-entry.ts";
import { MAX_RESULT_PROBLEMS, type SyncResult } from "./sync-result.ts";

type Rejection = Extract<MappedEntry, { kind: "rejected" }>;

/** The most frequent reason for which entries were rejected. */
export interface CommonRejection {
  readonly reason: Rejection["reason"];
  readonly attribute: string | null;
  readonly count: number;
  /** The first entry that was rejected for it. */
  readonly dn: string;
}

export class RunProblems {
  readonly #items: SyncProblem[] = [];
  readonly #rejections = new Map<string, CommonRejection>();
  readonly #values = new Map<string, number>();
  #total = 0;

  get result(): SyncResult["problems"] {
    return { total: this.#total, items: [...this.#items] };
  }

  /** Number of users by attribute with an unusable value, for the log: no DN and no value is in it. */
  get valuesByAttribute(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#values);
  }

  get commonRejections(): CommonRejection[] {
    return [...this.#rejections.values()].sort((a, b) => b.count - a.count);
  }

  reject(entry: DirectoryEntry, { id, reason, attribute }: Rejection): SyncChange {
    const key = `${reason} ${attribute ?? ""}`;
    const { count = 0, dn = entry.dn } = this.#rejections.get(key) ?? {};
    this.#rejections.set(key, { reason, attribute, count: count + 1, dn });
    return { kind: "rejected", ...this.#list("entry", { id, dn: listedDn(entry.dn), attribute, reason }) };
  }

  leaveOut(entry: DirectoryEntry, id: string, { attribute, reason }: UnusableValue): SyncChange {
    this.#values.set(attribute, (this.#values.get(attribute) ?? 0) + 1);
    return {
      kind: "unusable",
      ...this.#list("value", { id, dn: listedDn(entry.dn), attribute, reason }),
    };
  }

  /** Adds a user whom the cloud rejected, because another source has a user with this id. */
  rejectedByCloud({ dn }: DirectoryEntry, id: string): SyncChange {
    const listed = { id, dn: listedDn(dn), attribute: null, reason: "other_source" as const };
    this.#list("entry", listed);
    const { count = 0, dn: first = dn } = this.#rejections.get("other_source ") ?? {};
    this.#rejections.set("other_source ", { ...listed, count: count + 1, dn: first });
    return { kind: "other_source", id, dn: listed.dn };
  }

  /** After the number that a run lists, a DN would leave the directory for nothing. */
  #list<P extends Omit<SyncProblem, "what">>(
    what: SyncProblem["what"],
    problem: P,
  ): P & { dn: string | null } {
    this.#total++;
    if (this.#items.length < MAX_RESULT_PROBLEMS) this.#items.push({ what, ...problem });
    return this.#total > LIMITS.maxRunProblems ? { ...problem, dn: null } : problem;
  }
}
