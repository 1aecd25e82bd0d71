/** `doctor`'s checks that users can be read, changes can be found and deletions are seen. */
import type { DirectoryContext } from "../directory-context.ts";
import { canSeeTombstones } from "../feeds/active-directory-feeds.ts";
import { type LdapStream, searchPaged } from "../ldap/ldap-stream.ts";
import { type CheckOutcome, type CheckStep, fail, pass, skip } from "./check-step.ts";
import { tombstoneCommands } from "./permissions.ts";

/** Counting stops here: the check shows that there are users, not how many. */
const ENOUGH = 1000;

export function feedChecks(context: DirectoryContext): CheckStep[] {
  const { sessions, config } = context;
  const onStream = async (run: (stream: LdapStream) => Promise<CheckOutcome>): Promise<CheckOutcome> => {
    const stream = await sessions.open("read");
    try {
      return await run(stream);
    } finally {
      stream.close();
    }
  };
  return [
    { name: "bases", needs: ["sign-in"], run: () => onStream((stream) => countUsers(context, stream)) },
    { name: "change feed", needs: ["bases"], run: () => onStream((stream) => chooseFeed(context, stream)) },
    {
      name: "deletes",
      needs: ["bases"],
      run: () =>
        onStream(async (stream) => {
          if (context.dialectOf(stream.rootDse) !== "active-directory")
            return skip("the change feed itself reports deletes");
          return (await canSeeTombstones(stream))
            ? pass(`${config.bind.dn} may list CN=Deleted Objects`)
            : fail(
                `${config.bind.dn} may not list CN=Deleted Objects: every delta compares all ids instead`,
                tombstoneCommands(config).join("\n"),
              );
        }),
    },
  ];
}

async function countUsers(context: DirectoryContext, stream: LdapStream): Promise<CheckOutcome> {
  const { sessions, config } = context;
  const scope = await sessions.use("read", (session) => context.scope(session));
  const counts: string[] = [];
  let total = 0;
  for (const base of scope.roots) {
    const request = { base: base.dn, scope: "sub", filter: scope.filter, attributes: ["1.1"] } as const;
    let found = 0;
    for await (const { dn } of searchPaged(stream, request, config.pageSize)) {
      if (scope.baseOf(dn) !== null) found++;
      if (found === ENOUGH) break;
    }
    total += found;
    counts.push(`${found === ENOUGH ? `${ENOUGH} or more` : found} users under ${base.dn}`);
  }
  return total > 0
    ? pass(counts.join("; "))
    : fail(
        `${config.bind.dn} sees no users: ${counts.join("; ")}`,
        "Correct directory.bases, directory.filter and directory.groups, or let the account read there.",
      );
}

async function chooseFeed(context: DirectoryContext, stream: LdapStream): Promise<CheckOutcome> {
  const scope = await context.sessions.use("read", (session) => context.scope(session));
  const refused: string[] = [];
  for (const feed of context.feeds(context.dialectOf(stream.rootDse))) {
    const reason = await feed.unavailable(stream, scope);
    if (reason === null) return pass([`${feed.name} is used`, ...refused].join("; "));
    refused.push(`not ${feed.name}: ${reason}`);
  }
  return fail(
    refused.join("; "),
    "Set directory.feed to auto, or grant what the message names: latchkey-agent doctor --print-permissions",
  );
}
