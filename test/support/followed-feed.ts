import type { Directory } from "../../agent/directory/directory.ts";
import { collectFeed, type FeedResult } from "./directory.ts";

/** The users the cloud would hold after a run: the only thing a feed is judged by. */
export function knownAfter(known: ReadonlySet<string>, result: FeedResult): Set<string> {
  const named = new Set([...result.ids, ...result.present.filter((id) => known.has(id))]);
  const next = result.sweep ? named : new Set([...known, ...result.ids]);
  for (const id of result.gone) next.delete(id);
  return next;
}

/** Follows a feed from run to run. */
export class FollowedFeed {
  readonly #directory: Directory;
  #cursor: string | null = null;
  #known: ReadonlySet<string> = new Set();

  constructor(directory: Directory) {
    this.#directory = directory;
  }

  get cursor(): string | null {
    return this.#cursor;
  }

  /** Runs once. `known`: sorted ids of the users the cloud would hold. */
  async sync(): Promise<FeedResult & { readonly known: readonly string[] }> {
    const result = await collectFeed(this.#directory, this.#cursor);
    this.#cursor = result.cursor;
    this.#known = knownAfter(this.#known, result);
    return { ...result, known: [...this.#known].sort() };
  }
}

export const idsOf = (...users: readonly { readonly id: string }[]): string[] =>
  users.map(({ id }) => id).sort();
