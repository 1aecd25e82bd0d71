/** The delta position that the cloud stores. It is opaque JSON to all code outside this folder. */
import { z } from "zod";
import { LIMITS } from "../../../shared/protocol/limits.ts";
import { FEEDS } from "../directory.ts";

const cursorSchema = z.strictObject({
  version: z.literal(1),
  feed: z.enum(FEEDS),
  /** The server that the position belongs to; see `Feed.identity`. */
  server: z.string().max(512),
  /** Digest of the query: bases, filter, attributes, groups. */
  query: z.string().max(64),
  /** Ids of the bases by configured DN. */
  bases: z.record(z.string().max(1024), z.string().max(32)),
  groups: z.string().max(64),
  /** Has the feed's own form. */
  position: z.unknown(),
});
export type Cursor = Readonly<z.infer<typeof cursorSchema>>;

export const serializeCursor = (cursor: Cursor): string => JSON.stringify(cursor);

/** Returns null for text that is not a cursor of this version; everything is read again then. */
export function parseCursor(text: string): Cursor | null {
  if (text.length > LIMITS.maxCursorBytes) return null;
  try {
    return cursorSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

/** Tells why the feed cannot continue from a cursor; null when it can. The code appears in the run and in the log. */
export function whyFull(cursor: Cursor, now: Omit<Cursor, "position">): string | null {
  if (cursor.feed !== now.feed) return "feed_changed";
  if (cursor.query !== now.query) return "configuration_changed";
  if (cursor.server !== now.server) return "server_changed";
  if (!sameBases(cursor.bases, now.bases)) return "base_replaced";
  if (cursor.groups !== now.groups) return "groups_changed";
  return null;
}

const sameBases = (a: Cursor["bases"], b: Cursor["bases"]): boolean =>
  Object.keys(a).length === Object.keys(b).length && Object.entries(a).every(([dn, id]) => b[dn] === id);
