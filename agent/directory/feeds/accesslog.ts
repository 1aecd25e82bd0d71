/** Reads deletes from OpenLDAP's accesslog (slapo-accesslog(5)), where the account may read it. */
import { MINUTE_MS } from "../../../shared/durations.ts";
import { allOf, atLeast, atMost, equals, present } from "../ldap/filters.ts";
import type { LdapStream } from "../ldap/ldap-stream.ts";
import { parseGeneralizedTime, toGeneralizedTime } from "../ldap/root-dse.ts";
import { timeOfCsn } from "./csn.ts";

/** Above this number of deletes in one delta, the ids of all users are listed instead. */
const MAX_DELETES = 100_000;

/**
 * Overlap of two reads, milliseconds. The log is ordered by the begin of each operation, which is before the operation
 * gets its CSN. Reading a delete twice does no harm.
 */
const OVERLAP_MS = 5 * MINUTE_MS;

/**
 * Returns the ids of entries that were deleted after this CSN. Null when the log cannot tell: it does not exist or cannot be
 * read, was purged beyond that time, or names entries by DN only (before OpenLDAP 2.5).
 */
export async function deletedSince(
  stream: LdapStream,
  csn: string,
  signal: AbortSignal,
): Promise<string[] | null> {
  const time = timeOfCsn(csn);
  const log = await findLog(stream);
  if (log === null || !(await reachesBackTo(stream, log, time, signal))) return null;
  const from = toGeneralizedTime((parseGeneralizedTime(time) ?? 0) - OVERLAP_MS);
  const filter = allOf([
    equals("objectClass", "auditDelete"),
    equals("reqResult", "0"),
    atLeast("reqStart", from),
  ]);
  const request = { base: log, scope: "one", filter, attributes: ["reqEntryUUID"] } as const;
  const ids: string[] = [];
  for await (const item of stream.search(request, signal)) {
    if (item.kind !== "entry") continue;
    const id = item.entry.attributes.get("reqentryuuid")?.[0]?.toString("latin1").replaceAll("-", "");
    if (id === undefined || ids.push(id.toLowerCase()) > MAX_DELETES) return null;
  }
  return ids;
}

async function findLog(stream: LdapStream): Promise<string | null> {
  const filter = equals("objectClass", "auditContainer");
  for (const base of stream.rootDse.namingContexts) {
    const [root] = await stream.read({ base, scope: "base", filter, attributes: ["1.1"] });
    if (root !== undefined) return base;
  }
  return null;
}

/** Tells whether the log still has an older entry, so that nothing newer was purged. */
async function reachesBackTo(
  stream: LdapStream,
  log: string,
  time: string,
  signal: AbortSignal,
): Promise<boolean> {
  const filter = allOf([present("reqStart"), atMost("reqStart", time)]);
  for await (const item of stream.search({ base: log, scope: "one", filter, attributes: ["1.1"] }, signal))
    if (item.kind === "entry") return true;
  return false;
}
