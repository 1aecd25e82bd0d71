/** The rights in 389 Directory Server, as commands that the administrator of the server pastes into a shell. */
import { CHANGELOG_IDS, CHANGELOG_PLUGIN, DYNAMIC_PLUGINS } from "../feeds/changelog-feed.ts";
import { LOCK_ATTRIBUTES } from "../passwords/account-389-ds.ts";
import { POLICY_ATTRIBUTES } from "../passwords/policy-389-ds.ts";
import type { Granted } from "./granted.ts";

/** The attributes that a reset and an unlock write. */
export const DS_389_WRITTEN = ["userPassword", ...LOCK_ATTRIBUTES];

export function ds389Commands(config: Granted): string[] {
  const { reader, writer } = config;
  const both = [...new Set([reader, writer])];
  return [
    "# Run where the server's administrator may write; each asks for the password of cn=Directory Manager.",
    "# Read users, write passwords and end lockouts. The password policy applies to what is written so; to what a",
    "# password administrator (passwordAdminDN) writes it does not.",
    ...config.bases.flatMap(({ dn }) =>
      modify(config, [
        [
          dn,
          "aci",
          allow("Latchkey reads", 'targetattr != "userPassword || aci"', "read, search, compare", both),
        ],
        [
          dn,
          "aci",
          allow("Latchkey writes", `targetattr = "${DS_389_WRITTEN.join(" || ")}"`, "write", [writer]),
        ],
      ]),
    ),
    "# Read the id of the suffix, by which the agent knows that a server belongs to the same directory:",
    ...suffixesOf(config).flatMap((suffix) => modify(config, [[suffix, "aci", suffixAci(suffix, both)]])),
    "# Read the password policy, to name the rule that refused a password and to know when an account locks:",
    ...modify(config, [["cn=config", "aci", policyAci(writer)]]),
    "# Search more than 2000 users and look through more than 5000:",
    ...limitCommands(config),
    ...changelogCommands(config),
  ];
}

/** Returns the commands that let the agent find changes by the retro changelog. */
export function changelogCommands(config: Granted): string[] {
  const readAll = (hidden: string): string =>
    allow("Latchkey reads changes", `targetattr != "${hidden}"`, "read, search, compare", [config.reader]);
  return [
    "# Find changes, moves and deletes by the retro changelog, instead of comparing the ids of all users:",
    ...modify(config, [
      [CHANGELOG_PLUGIN, "nsslapd-pluginEnabled", "on"],
      [CHANGELOG_PLUGIN, CHANGELOG_IDS.attribute, CHANGELOG_IDS.value],
      [CHANGELOG_PLUGIN, "nsslapd-changelogmaxage", "7d"],
      [CHANGELOG_PLUGIN, "aci", readAll("aci")],
      [DYNAMIC_PLUGINS.base, "aci", dynamicPluginsAci(config.reader)],
    ]),
    "# Restart the server (dsctl INSTANCE restart). Then let the account read the changes, but not the password hashes in",
    "# them. (An ACI cannot name targetUniqueId, which is not in the schema.)",
    ...modify(config, [["cn=changelog", "aci", readAll("changes || aci")]]),
  ];
}

/** Lets the reading account search all users, however many there are. */
function limitCommands(config: Granted): string[] {
  const { reader } = config;
  return modify(
    config,
    ["nsSizeLimit", "nsLookThroughLimit", "nsPagedLookThroughLimit"].map(
      (name) => [reader, name, "-1"] as const,
    ),
  );
}

const allow = (name: string, target: string, rights: string, accounts: readonly string[]): string => {
  const subject = accounts.map((dn) => `ldap:///${dn}`).join(" || ");
  return `(${target})(version 3.0; acl "${name}"; allow (${rights}) userdn = "${subject}";)`;
};

/** Returns the suffixes of the bases, as far as their names tell; not those that are bases themselves. */
function suffixesOf({ bases }: Granted): string[] {
  const suffixes = bases.map(
    ({ dn }) => /(?:^|,)((?:dc=[^,]+,)*dc=[^,]+)$/i.exec(dn)?.[1] ?? dn.slice(dn.lastIndexOf(",") + 1),
  );
  return [...new Set(suffixes)].filter((suffix) => !bases.some(({ dn }) => dn === suffix));
}

const suffixAci = (suffix: string, accounts: readonly string[]): string =>
  allow(
    "Latchkey knows the directory",
    `target = "ldap:///${suffix}")(targetattr = "objectClass || nsUniqueId"`,
    "read, search, compare",
    accounts,
  );

const policyAci = (writer: string): string =>
  allow(
    "Latchkey reads the password policy",
    // A search needs the object class too.
    `target = "ldap:///cn=config")(targetattr = "${["objectClass", "cn", ...POLICY_ATTRIBUTES].join(" || ")}"`,
    "read, search, compare",
    [writer],
  );

const dynamicPluginsAci = (reader: string): string =>
  allow(
    "Latchkey knows whether settings are in force",
    `target = "ldap:///${DYNAMIC_PLUGINS.base}")(targetattr = "objectClass || ${DYNAMIC_PLUGINS.attribute}"`,
    "read, search, compare",
    [reader],
  );

type Setting = readonly [dn: string, attribute: string, value: string];

/** One ldapmodify. An ACI is added beside those that are there; every other attribute is replaced. */
function modify({ servers }: Granted, settings: readonly Setting[]): string[] {
  return [
    `ldapmodify -x -H ${servers[0] ?? "ldaps://SERVER"} -D "cn=Directory Manager" -W <<'END'`,
    ...settings.flatMap(([dn, attribute, value]) => [
      `dn: ${dn}`,
      "changetype: modify",
      `${attribute === "aci" ? "add" : "replace"}: ${attribute}`,
      `${attribute}: ${value}`,
      "",
    ]),
    "END",
  ];
}
