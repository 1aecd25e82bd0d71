/** The delta position as the cloud keeps it: opaque JSON to everybody but this folder. */
import { z } from "zod";
import { LIMITS } from "../../../shared/protocol/limits.ts";
import { FEEDS } from "../directory.ts";

const cursorSchema = z.strictObject({
  version: z.literal(1),
  feed: z.enum(FEEDS),
  /** Whose position it is; see `Feed.identity`. */
  server: z.string().max(512),
  /** Of what was asked: bases, filter, attributes, groups. */
  query: z.string().max(64),
  /** Ids of the bases by configured DN. */
  bases: z.record(z.string().max(1024), z.string().max(32)),
  groups: z.string().max(64),
  /** The feed's own. */
  position: z.unknown(),
});
export type Cursor = Readonly<z.infer<typeof cursorSchema>>;

export const serializeCursor = (cursor: Cursor): string => JSON.stringify(cursor);

/** Null for anything that is no cursor of ours: then everything is read again. */
export function parseCursor(text: string): Cursor | null {
  if (text.length > LIMITS.maxCursorBytes) return null;
  try {
    return cursorSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

/** Why a cursor cannot be gone on from; null when it can. The words appear in the run and in the log. */
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
