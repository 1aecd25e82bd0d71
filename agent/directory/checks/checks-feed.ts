/** `doctor`'s checks that users can be read, changes can be found and deletions are seen. */
import { isAppError } from "../../../shared/errors.ts";
import type { AttributeMapping } from "../../config.ts";
import type { DialectName, FeedName, NotificationName } from "../directory.ts";
import type { DirectoryContext } from "../directory-context.ts";
import { problemOf, UnusableEntries } from "../entries/unusable-entries.ts";
import { canSeeTombstones } from "../feeds/active-directory-feeds.ts";
import { CHANGELOG_ID_ATTRIBUTE } from "../feeds/changelog-feed.ts";
import { watchChanges } from "../feeds/notifications.ts";
import { runFeed } from "../feeds/run-feed.ts";
import { manageDsaIt } from "../ldap/controls.ts";
import { equals } from "../ldap/filters.ts";
import type { OpenStream } from "../ldap/ldap-session.ts";
import { LDAP_OID } from "../ldap/oids.ts";
import { type CheckOutcome, type CheckStep, fail, pass, skip, warn } from "./check-step.ts";
import { grantedIn } from "./granted.ts";
import { MailAddresses } from "./mail-addresses.ts";
import { tombstoneCommands } from "./permissions.ts";
import { changelogCommands } from "./permissions-389-ds.ts";

/** What one run of the change feed gave. */
interface Reading {
  readonly feed: FeedName;
  readonly cursor: string;
  /** Number of users by configured base. */
  readonly users: ReadonlyMap<string, number>;
  readonly unusable: UnusableEntries;
  readonly ms: number;
}

export function feedChecks(context: DirectoryContext, { mail }: Pick<AttributeMapping, "mail">): CheckStep[] {
  const { sessions } = context;
  const onStream = async (run: (stream: OpenStream) => Promise<CheckOutcome>): Promise<CheckOutcome> => {
    const stream = await sessions.open("read");
    try {
      return await run(stream);
    } finally {
      stream.close();
    }
  };
  let everything: Reading | null = null;
  const addresses = new MailAddresses(mail);
  return [
    {
      name: "bases",
      needs: ["sign-in"],
      run: () =>
        onStream(async (stream) => {
          everything = await read(context, stream, null, addresses);
          const dialect = context.dialectOf(stream.rootDse);
          return describeUsers(context, everything, dialect, await findReferrals(context, stream));
        }),
    },
    {
      name: "mail addresses",
      needs: ["bases"],
      run: () => Promise.resolve(addresses.outcome()),
    },
    {
      name: "change feed",
      needs: ["bases"],
      run: () => onStream((stream) => describeFeed(context, stream, everything)),
    },
    {
      name: "change notification",
      needs: ["bases"],
      run: () => onStream((stream) => checkNotification(context, stream)),
    },
    {
      name: "deletes",
      needs: ["bases"],
      run: () =>
        onStream(async (stream) => {
          if (context.dialectOf(stream.rootDse) !== "active-directory")
            return skip("the change feed itself reports deletes");
          return (await canSeeTombstones(stream))
            ? pass(`${sessions.nameOf("read")} may list CN=Deleted Objects`)
            : fail(
                `${sessions.nameOf("read")} may not list CN=Deleted Objects: every delta compares all ids instead`,
                tombstoneCommands(grantedIn(context)).join("\n"),
              );
        }),
    },
  ];
}

/**
 * Reads as a sync run does: by the feed that is used, all pages, with all attributes. Only so does doctor meet the limits that a run
 * meets.
 */
async function read(
  context: DirectoryContext,
  stream: OpenStream,
  cursor: string | null,
  mail?: MailAddresses,
): Promise<Reading> {
  const { config, sessions, log, clock } = context;
  const dialect = context.dialectOf(stream.rootDse);
  const options = {
    config,
    stream,
    sessions,
    feeds: context.feeds(dialect),
    entries: context.entries(dialect),
    scope: () => context.syncScope(stream.session),
    log,
  };
  const users = new Map(config.bases.map(({ dn }) => [dn, 0]));
  const unusable = new UnusableEntries();
  const startedMs = clock.monotonicMs();
  let feed: FeedName = "modifytimestamp";
  let next = "";
  for await (const event of runFeed(options, cursor, new AbortController().signal)) {
    if (event.kind === "start") feed = event.feed;
    else if (event.kind === "complete") next = event.cursor;
    else if (event.kind === "entry") {
      const { base, dn } = event.entry;
      const problem = problemOf(event.entry);
      if (problem !== null) unusable.add(dn, problem);
      else users.set(base, (users.get(base) ?? 0) + 1);
      mail?.add(event.entry);
    }
  }
  return {
    feed,
    cursor: next,
    users,
    unusable,
    ms: Math.round(clock.monotonicMs() - startedMs),
  };
}

/** Users behind a referral object are not found, and nothing in a run tells of it. Active Directory has no such objects. */
async function findReferrals(context: DirectoryContext, stream: OpenStream): Promise<string> {
  const { supportedControls, isActiveDirectory } = stream.rootDse;
  if (isActiveDirectory || !supportedControls.has(LDAP_OID.manageDsaIt)) return "";
  const scope = await context.sessions.use("read", (session) => context.scope(session));
  for (const { dn } of scope.roots) {
    const filter = equals("objectClass", "referral");
    const request = { base: dn, scope: "sub", filter, attributes: ["ref"], controls: [manageDsaIt] } as const;
    for await (const item of stream.search(request))
      if (item.kind === "entry") {
        const address = item.entry.attributes.get("ref")?.[0]?.toString("utf8") ?? "no address";
        return `; ${item.entry.dn} refers to another server (${address}): the agent does not follow referral objects`;
      }
  }
  return "";
}

function describeUsers(
  { sessions }: DirectoryContext,
  { users, unusable }: Reading,
  dialect: DialectName,
  referrals: string,
): CheckOutcome {
  const counts = [...users].map(([base, count]) => `${count} users under ${base}`).join("; ");
  if ([...users.values()].some((count) => count > 0))
    return unusable.count === 0
      ? pass(counts + referrals)
      : warn(`${counts}; ${unusable.describe()}${referrals}`, unusable.advise(dialect));
  return unusable.count > 0
    ? fail(`no user can be synced: ${unusable.describe()}${referrals}`, unusable.advise(dialect))
    : fail(
        `${sessions.nameOf("read")} sees no users: ${counts}${referrals}`,
        "Correct directory.bases, directory.filter and directory.groups, or let the account read there.",
      );
}

/** Reads a delta too: its searches differ from those of a full run, and so may meet other limits of the server. */
async function describeFeed(
  context: DirectoryContext,
  stream: OpenStream,
  everything: Reading | null,
): Promise<CheckOutcome> {
  const scope = await context.sessions.use("read", (session) => context.scope(session));
  const refused: string[] = [];
  for (const feed of context.feeds(context.dialectOf(stream.rootDse))) {
    if (feed.name === everything?.feed) break;
    refused.push(`not ${feed.name}: ${(await feed.unavailable(stream, scope)) ?? "it became available"}`);
  }
  if (everything === null) return fail(refused.join("; "), "Set directory.feed to auto.");
  const total = [...everything.users.values()].reduce((sum, count) => sum + count, 0);
  const delta = await read(context, stream, everything.cursor);
  const detail = [
    `${everything.feed} is used (${total + everything.unusable.count} entries in ${everything.ms} ms, a delta in ${delta.ms} ms)`,
    ...refused,
  ].join("; ");
  const dialect = context.dialectOf(stream.rootDse);
  // With another id than nsUniqueId, which an older installation keeps, the commands would not help.
  const couldUseChangelog =
    refused.length > 0 && context.entries(dialect).ids.attribute === CHANGELOG_ID_ATTRIBUTE;
  return dialect === "389-ds" && couldUseChangelog
    ? warn(`${detail}: every delta compares all ids`, changelogCommands(grantedIn(context)).join("\n"))
    : pass(detail);
}

/** Listens until the server accepts it. */
async function checkNotification(context: DirectoryContext, stream: OpenStream): Promise<CheckOutcome> {
  const stop = new AbortController();
  const heard: { by?: NotificationName } = {};
  try {
    const resolved = await context.sessions.use("read", (session) => context.scope(session));
    await watchChanges(
      { stream, scope: resolved, clock: context.clock },
      (notice) => {
        if (notice.kind === "listening") heard.by = notice.by;
        stop.abort();
      },
      stop.signal,
    );
  } catch (error) {
    if (heard.by !== undefined)
      return pass(`the server notifies of changes (${heard.by.replaceAll("_", " ")})`);
    if (!isAppError(error)) throw error;
    return skip(`changes arrive with the schedule only: ${error.message}`);
  }
  return skip("changes arrive with the schedule only");
}
