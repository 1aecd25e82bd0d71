/**
 * `doctor`'s check of attributes that users may write themselves. A thief of a session could put a number of their own there, and
 * reset the password with it.
 */
import { parentOf } from "../../../shared/dn.ts";
import type { AttributeMapping } from "../../config.ts";
import type { DialectName } from "../directory.ts";
import type { DirectoryContext } from "../directory-context.ts";
import { textOf } from "../ldap/entry-text.ts";
import { allOf, anyOf, equals, filterAttributes, not, parseAdminFilter } from "../ldap/filters.ts";
import { guidToId } from "../ldap/guid.ts";
import type { DirectoryEntryRaw } from "../ldap/ldap-entry.ts";
import type { OpenStream } from "../ldap/ldap-session.ts";
import type { SearchRequest } from "../ldap/ldap-stream.ts";
import { LDAP_OID } from "../ldap/oids.ts";
import { daclOnly, mayWrite, parseAccessList } from "../ldap/security-descriptor.ts";
import { type CheckOutcome, type CheckStep, pass, skip, warn } from "./check-step.ts";

export function selfWrittenChecks(context: DirectoryContext, attributes: AttributeMapping): CheckStep[] {
  return [
    {
      name: "self-written attributes",
      needs: ["bases"],
      async run() {
        const stream = await context.sessions.open("read");
        try {
          return await checkSelfWritten(context, stream, attributes);
        } finally {
          stream.close();
        }
      },
    },
  ];
}

async function checkSelfWritten(
  context: DirectoryContext,
  stream: OpenStream,
  { mobile, officePhone, alternateEmail }: AttributeMapping,
): Promise<CheckOutcome> {
  const { config, sessions } = context;
  const filtered = config.filter === undefined ? [] : [...filterAttributes(parseAdminFilter(config.filter))];
  const asked = [mobile, officePhone, ...(alternateEmail === undefined ? [] : [alternateEmail]), ...filtered];
  const names = new Map(asked.map((name) => [name.toLowerCase(), name]));
  const reader = sessions.nameOf("read");
  const command = commandOf(context.dialectOf(stream.rootDse), mobile);
  if (command !== null)
    return skip(`this server does not tell ${reader} what users may write; to know it, run ${command}`);
  const written = await writtenInActiveDirectory(context, stream, [...names.values()]);
  if (written === null) return skip(`the server does not tell ${reader} what users may write themselves`);
  if (written.length === 0)
    return pass(`users may write none of ${[...names.values()].join(", ")} themselves`);
  const inFilter = written.filter((name) =>
    filtered.some((each) => each.toLowerCase() === name.toLowerCase()),
  );
  return warn(
    [
      `users may write themselves: ${written.join(", ")}`,
      ...(inFilter.length === 0
        ? []
        : [`and directory.filter decides by ${inFilter.join(", ")} who is synced`]),
    ].join("; "),
    `Keep number.trust in the policy at aged or verified, so that a new number waits or is confirmed before it counts; or take the right away.${
      inFilter.length === 0
        ? ""
        : " Let directory.filter decide by attributes that only administrators write: users can leave the sync by such an attribute, and come back with another number."
    }`,
  );
}

/** The question that an administrator of the server can ask; null where the agent asks itself. */
function commandOf(dialect: DialectName, attribute: string): string | null {
  switch (dialect) {
    case "active-directory":
      return null;
    case "389-ds":
      return `ldapsearch -D "cn=Directory Manager" -W -b USER -s base -E '!${LDAP_OID.effectiveRights}=:dn: USER' "(objectClass=*)" ${attribute}`;
    case "openldap":
    case "generic":
      return `slapacl -D USER -b USER ${attribute}/write, or what this server has instead`;
  }
}

/** Null when the reading account may not see it. The user is one like most others: privileged accounts have access lists of their own. */
async function writtenInActiveDirectory(
  context: DirectoryContext,
  stream: OpenStream,
  names: readonly string[],
): Promise<string[] | null> {
  const { subschema } = stream.rootDse;
  if (subschema === null) return null;
  const definitions = await stream.session.search({
    base: parentOf(subschema),
    scope: "one",
    filter: anyOf(names.map((name) => equals("lDAPDisplayName", name))),
    attributes: ["lDAPDisplayName", "schemaIDGUID", "attributeSecurityGUID"],
  });
  const user = await anyUser(context, stream, { attributes: ["nTSecurityDescriptor"], controls: [daclOnly] });
  const descriptor = user?.attributes.get("ntsecuritydescriptor")?.[0];
  if (descriptor === undefined) return null;
  const { entries, isWhole } = parseAccessList(descriptor);
  const written = definitions.flatMap((definition) => {
    const id = guidToId(definition.attributes.get("schemaidguid")?.[0]);
    const set = guidToId(definition.attributes.get("attributesecurityguid")?.[0]);
    const name = textOf(definition, "lDAPDisplayName");
    return id !== null && name !== undefined && mayWrite(entries, isEveryUser, { id, set }) ? [name] : [];
  });
  return written.length === 0 && !isWhole ? null : written;
}

/** SELF, everyone, authenticated users, and the domain's users ([MS-DTYP] 2.4.2.4). */
const isEveryUser = (sid: string): boolean =>
  ["S-1-5-10", "S-1-1-0", "S-1-5-11"].includes(sid) || /^S-1-5-21-[\d-]+-513$/.test(sid);

async function anyUser(
  context: DirectoryContext,
  stream: OpenStream,
  request: Pick<SearchRequest, "attributes" | "controls">,
): Promise<DirectoryEntryRaw | null> {
  const { roots, filter } = await context.scope(stream.session);
  const ordinary = allOf([filter, not(equals("adminCount", "1"))]);
  for (const { dn } of roots)
    for await (const item of stream.search({ base: dn, scope: "sub", filter: ordinary, ...request }))
      if (item.kind === "entry") return item.entry;
  return null;
}
