/** Writes the content and the configuration of the lab's 389 Directory Server: LDIF and dse.ldif. */
import {
  ADMINISTRATOR,
  ldifEntry,
  person,
  ssha,
  SUFFIX,
  SYNC_ACCOUNT,
  WRITEBACK_ACCOUNT,
} from "./openldap-people.ts";

/** A password administrator (`passwordAdminDN`): the server applies no password policy to what it writes. */
export const PASSWORD_ADMINISTRATOR = {
  dn: `cn=svc-pwadmin,ou=service,${SUFFIX}`,
  password: "Svc-Passw0rd-3!",
} as const;
const PASSWORD_ADMINISTRATORS = `cn=password-administrators,ou=groups,${SUFFIX}`;

export type Ds389Sync =
  /** Retro changelog with the ids of the entries, and the Content Sync plugin that reads it. */
  | "changelog"
  /** Neither: only modifyTimestamp. */
  | "none";

export interface Ds389Plan {
  /** Number of users in ou=people; see `person`. */
  readonly people: number;
  readonly withPassword: number;
  readonly sync: Ds389Sync;
  /** Whether the server keeps memberOf. */
  readonly memberOf: boolean;
}

/** Access rules (ACIs) of the service accounts, which have the fewest rights that the product needs. doctor prints the same. */
const ACIS = [
  `(targetattr != "userPassword || aci")(version 3.0; acl "users read"; allow (read, search, compare) userdn = "ldap:///${SYNC_ACCOUNT.dn} || ldap:///${WRITEBACK_ACCOUNT.dn} || ldap:///${PASSWORD_ADMINISTRATOR.dn}";)`,
  `(targetattr = "userPassword || passwordRetryCount || retryCountResetTime || accountUnlockTime")(version 3.0; acl "writeback"; allow (write) userdn = "ldap:///${WRITEBACK_ACCOUNT.dn}";)`,
  `(targetattr = "userPassword || passwordRetryCount || retryCountResetTime || accountUnlockTime || passwordExpirationTime")(version 3.0; acl "password administrator"; allow (write) userdn = "ldap:///${PASSWORD_ADMINISTRATOR.dn}";)`,
  `(targetattr = "userPassword")(version 3.0; acl "own password"; allow (write) userdn = "ldap:///self";)`,
  `(targetattr != "userPassword || aci")(version 3.0; acl "own entry"; allow (read, search, compare) userdn = "ldap:///self";)`,
];

/**
 * Lets the account that syncs read the retro changelog but for `changes`, which holds password hashes. An ACI can only exclude
 * here: `targetUniqueId` is not in the schema, and the server refuses a rule that names it.
 */
export const CHANGELOG_ACI = `(targetattr != "changes || aci")(version 3.0; acl "changelog"; allow (read, search, compare) userdn = "ldap:///${SYNC_ACCOUNT.dn}";)`;
const PLUGIN_ACI = CHANGELOG_ACI.replace("changes || aci", "aci");

export function* ds389Ldif({ people, withPassword }: Ds389Plan): Generator<string> {
  yield ldifEntry(SUFFIX, { objectClass: ["top", "domain"], dc: "lab", aci: ACIS });
  for (const ou of ["people", "outside", "service", "groups"])
    yield ldifEntry(`ou=${ou},${SUFFIX}`, { objectClass: ["top", "organizationalUnit"], ou });
  for (const account of [SYNC_ACCOUNT, WRITEBACK_ACCOUNT, PASSWORD_ADMINISTRATOR])
    yield ldifEntry(account.dn, {
      objectClass: ["top", "applicationProcess", "simpleSecurityObject"],
      cn: /^cn=([^,]+)/.exec(account.dn)?.[1] ?? "",
      userPassword: ssha(account.password),
      // Without limits of its own, an account may read 2000 entries and look through 5000.
      ...(account === SYNC_ACCOUNT ? UNLIMITED : {}),
    });
  yield ldifEntry(PASSWORD_ADMINISTRATORS, {
    objectClass: ["top", "groupOfNames"],
    cn: "password-administrators",
    member: PASSWORD_ADMINISTRATOR.dn,
  });
  for (let index = 0; index < people; index += 1) {
    const { name, dn, password, mobile } = person(index);
    yield ldifEntry(dn, {
      objectClass: ["top", "person", "organizationalPerson", "inetOrgPerson"],
      uid: name,
      cn: `Person ${index}`,
      sn: index.toString(),
      displayName: `Person ${index}`,
      mail: `${name}@lab.test`,
      mobile,
      ...(index < withPassword ? { userPassword: ssha(password) } : {}),
    });
  }
}

const UNLIMITED = { nsSizeLimit: "-1", nsLookThroughLimit: "-1", nsPagedLookThroughLimit: "-1" };

/** The settings that differ from the distribution's template. A setting of the template is replaced. */
export function settings(plan: Ds389Plan, user: string): Readonly<Record<string, Record<string, string>>> {
  const changelog = plan.sync === "changelog" ? "on" : "off";
  return {
    "cn=config": {
      "nsslapd-localuser": user,
      "nsslapd-listenhost": "127.0.0.1",
      "nsslapd-securelistenhost": "127.0.0.1",
      "nsslapd-security": "on",
      "nsslapd-require-secure-binds": "on",
      "nsslapd-allow-anonymous-access": "rootdse",
      "nsslapd-rootpw": ssha(ADMINISTRATOR.password),
      "nsslapd-rootdn": ADMINISTRATOR.dn,
      "nsslapd-accesslog-logging-enabled": "off",
      "nsslapd-securitylog-logging-enabled": "off",
      "nsslapd-enable-upgrade-hash": "off",
      rootpwstoragescheme: "SSHA",
      passwordStorageScheme: "SSHA",
      "nsslapd-pwpolicy-local": "on",
      passwordCheckSyntax: "on",
      passwordMinLength: "10",
      passwordMinCategories: "1",
      // With 3, the default, any three letters in a row of name or mail address are refused: "Ontgrendeld" for contoso.test.
      passwordMinTokenLength: "5",
      passwordHistory: "on",
      passwordInHistory: "3",
      passwordLockout: "on",
      passwordMaxFailure: "5",
      passwordLockoutDuration: "3600",
      passwordResetFailureCount: "600",
      passwordAdminDN: PASSWORD_ADMINISTRATORS,
    },
    "cn=config,cn=ldbm database,cn=plugins,cn=config": {
      "nsslapd-cache-autosize": "0",
      "nsslapd-dbcachesize": "16777216",
      "nsslapd-db-durable-transaction": "off",
    },
    "cn=Retro Changelog Plugin,cn=plugins,cn=config": {
      "nsslapd-pluginenabled": changelog,
      "nsslapd-attribute": "nsuniqueid:targetUniqueId",
      aci: PLUGIN_ACI,
    },
    "cn=Content Synchronization,cn=plugins,cn=config": { "nsslapd-pluginenabled": changelog },
    "cn=MemberOf Plugin,cn=plugins,cn=config": { "nsslapd-pluginenabled": plan.memberOf ? "on" : "off" },
  };
}

/** Fills the distribution's templates (`%port%` and the like), and changes and adds settings. */
export function dseLdif(
  templates: string,
  variables: Readonly<Record<string, string>>,
  changes: ReturnType<typeof settings>,
): string {
  const filled = templates
    .replaceAll(/^#.*\n/gm, "")
    .replaceAll(/%(\w+)%/g, (token, name: string) => variables[name] ?? token);
  const entries = filled.split(/\n\n+/).filter((entry) => entry.startsWith("dn:"));
  return entries
    .map((entry) => {
      const dn = (/^dn:\s*(.*)$/m.exec(entry)?.[1] ?? "").replaceAll(/,\s+/g, ",");
      const changed = Object.entries(changes[dn] ?? {});
      const names = new Set(changed.map(([name]) => name.toLowerCase()));
      const lines = entry
        .split("\n")
        .filter((line) => line !== "" && !names.has(/^([\w-]+):/.exec(line)?.[1]?.toLowerCase() ?? ""));
      return [...lines, ...changed.map(([name, value]) => `${name}: ${value}`), "", ""].join("\n");
    })
    .join("");
}
