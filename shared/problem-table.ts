/** The table of what a run cannot use, the same in both programs. */
import type { SyncProblem } from "./protocol/frames.ts";

export const PROBLEM_HEAD = ["DN", "ATTRIBUTE", "REASON", "COST", "ID"] as const;

export function problemRow({ what, id, dn, attribute, reason }: SyncProblem): (string | null)[] {
  const cost = what === "entry" ? "not synced" : "synced without it";
  return [dn, attribute, reason.replaceAll("_", " "), cost, id];
}
