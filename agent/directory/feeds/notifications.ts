/**
 * Listens for changes where the server can notify. A notification says only that something changed: the run of the change feed that
 * it starts finds out what. So a notification that is lost delays a change until the schedule's next run, and loses nothing.
 */
import type { Clock } from "../../../shared/clock.ts";
import { AppError } from "../../../shared/errors.ts";
import type { ChangeNotice, NotificationName } from "../directory.ts";
import {
  changeNotification,
  parseSyncInfo,
  persistentSearch,
  showDeleted,
  syncRequest,
} from "../ldap/controls.ts";
import { ANY_ENTRY, anyOf, equals } from "../ldap/filters.ts";
import type { LdapStream, SearchRequest, StreamItem } from "../ldap/ldap-stream.ts";
import { LDAP_OID } from "../ldap/oids.ts";
import { domainOf, type RootDse } from "../ldap/root-dse.ts";
import { readContextCsns } from "./csn.ts";
import { CONTAINER_CLASSES, suffixesOf } from "./openldap-changes.ts";
import type { ResolvedScope } from "./scope.ts";

/** A connection that carries no answers must answer a small request now and then; otherwise it counts as dead, ms. */
const PROBE_EVERY_MS = 30_000;

const GROUP_CLASSES = ["group", "groupOfNames", "groupOfUniqueNames", "posixGroup"];

/** Returns the best way in which the server notifies; null when it has none. */
function notificationOf({
  supportedControls,
  isActiveDirectory,
  isOpenLdap,
}: Pick<RootDse, "supportedControls" | "isActiveDirectory" | "isOpenLdap">): NotificationName | null {
  if (isActiveDirectory)
    return supportedControls.has(LDAP_OID.changeNotification) ? "change_notification" : null;
  // 389-ds has content synchronization too, but refuses a cookie that is not its own, and so sends all entries first.
  if (isOpenLdap && supportedControls.has(LDAP_OID.syncRequest)) return "refresh_and_persist";
  return supportedControls.has(LDAP_OID.persistentSearch) ? "persistent_search" : null;
}

export interface WatchOptions {
  /** A connection for this work alone. The caller closes it, which ends the searches. */
  readonly stream: LdapStream;
  readonly scope: ResolvedScope;
  readonly clock: Pick<Clock, "sleep">;
}

/**
 * Listens until the connection or the signal ends, and then throws. `onNotice` is told once that the server listens; changes before
 * that may not have been noticed. Throws DIRECTORY_UNSUPPORTED when the server cannot notify.
 */
export async function watchChanges(
  { stream, scope, clock }: WatchOptions,
  onNotice: (notice: ChangeNotice) => void,
  signal: AbortSignal,
): Promise<never> {
  const by = notificationOf(stream.rootDse);
  if (by === null)
    throw new AppError("DIRECTORY_UNSUPPORTED", `${stream.server} offers no way to notify of changes.`);
  const searches = await searchesFor(by, stream, scope);
  const stop = new AbortController();
  const ended = AbortSignal.any([signal, stop.signal]);
  const isChange = changeFilter(by, stream.rootDse);

  const listen = async (request: SearchRequest): Promise<never> => {
    for await (const item of stream.search({ ...request, isPersistent: true }, ended))
      if (isChange(item)) onNotice({ kind: "changed" });
    throw new AppError("DIRECTORY_UNAVAILABLE", `${stream.server} stopped notifying of changes.`);
  };
  const probe = async (): Promise<never> => {
    for (;;) {
      await clock.sleep(PROBE_EVERY_MS, ended);
      if (ended.aborted) throw new AppError("DIRECTORY_UNAVAILABLE", "The search was stopped.");
      await stream.readRootDse();
    }
  };
  const listening = searches.map(listen);
  try {
    // The server answers this after it has taken the searches, which came first over the same connection.
    await Promise.race([stream.readRootDse(), ...listening]);
    onNotice({ kind: "listening", by });
    return await Promise.race([...listening, probe()]);
  } finally {
    stop.abort();
    await Promise.allSettled(listening);
  }
}

async function searchesFor(
  by: NotificationName,
  stream: LdapStream,
  scope: ResolvedScope,
): Promise<SearchRequest[]> {
  if (by === "change_notification")
    // The filter must be this one, and a subtree must be a whole naming context ([MS-ADTS] 3.1.1.3.4.1.9).
    return [
      {
        base: domainOf(stream.rootDse),
        scope: "sub",
        filter: ANY_ENTRY,
        attributes: ["objectClass", "uSNChanged"],
        controls: [changeNotification, showDeleted],
      },
    ];
  // Users, and the containers and groups whose change moves users into scope or out of it.
  const classes = ["person", ...CONTAINER_CLASSES, ...GROUP_CLASSES].map((name) =>
    equals("objectClass", name),
  );
  const filter = anyOf([scope.filter, ...classes]);
  const requests: SearchRequest[] = [];
  for (const base of suffixesOf(stream, scope)) {
    let control = persistentSearch;
    if (by === "refresh_and_persist") {
      const csns = await readContextCsns(stream, base);
      if (csns === null)
        throw new AppError(
          "DIRECTORY_UNSUPPORTED",
          `contextCSN of ${base} cannot be read, so its changes cannot be followed.`,
        );
      // From the present state on: without a cookie the server would send all entries first.
      control = syncRequest(Buffer.from(`rid=000,csn=${csns.join(";")}`), "refreshAndPersist");
    }
    requests.push({ base, scope: "sub", filter, attributes: ["1.1"], controls: [control] });
  }
  return requests;
}

/** Tells which items of the search are changes that may concern a user. */
function changeFilter(by: NotificationName, rootDse: RootDse): (item: StreamItem) => boolean {
  if (by === "persistent_search") return (item) => item.kind === "entry";
  if (by === "refresh_and_persist")
    return (item) =>
      item.kind === "entry" ||
      (item.kind === "intermediate" &&
        item.oid === LDAP_OID.syncInfo &&
        parseSyncInfo(item.value)?.kind === "idSet");

  // A DC also notifies of what it keeps for itself, such as the time of each sign-in. Only a replicated change gets a new number.
  let newest = rootDse.highestCommittedUsn ?? 0n;
  return (item) => {
    if (item.kind !== "entry") return false;
    const { attributes } = item.entry;
    const classes = (attributes.get("objectclass") ?? []).map((name) =>
      name.toString("latin1").toLowerCase(),
    );
    if (!WATCHED_CLASSES.some((name) => classes.includes(name)) || classes.includes("computer")) return false;
    const usn = attributes.get("usnchanged")?.[0]?.toString("latin1") ?? "";
    if (!/^\d{1,19}$/.test(usn)) return true;
    if (BigInt(usn) <= newest) return false;
    newest = BigInt(usn);
    return true;
  };
}

const WATCHED_CLASSES = ["person", "group", "organizationalunit", "container"];
