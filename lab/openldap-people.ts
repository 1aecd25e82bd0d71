/** Writes the content and the rules of the lab's OpenLDAP: LDIF and slapd.conf. */
import { createHash, randomBytes } from "node:crypto";

export const SUFFIX = "dc=lab,dc=test";
export const ADMINISTRATOR = { dn: `cn=admin,${SUFFIX}`, password: "Adm1n-Passw0rd!" } as const;
export const SYNC_ACCOUNT = { dn: `cn=svc-sync,ou=service,${SUFFIX}`, password: "Svc-Passw0rd-1!" } as const;
export const WRITEBACK_ACCOUNT = {
  dn: `cn=svc-writeback,ou=service,${SUFFIX}`,
  password: "Svc-Passw0rd-2!",
} as const;

/** Describes user number `index`: name, password and mobile follow from the number. */
export function person(index: number): { name: string; dn: string; password: string; mobile: string } {
  const name = `p${index.toString().padStart(5, "0")}`;
  return {
    name,
    dn: `uid=${name},ou=people,${SUFFIX}`,
    password: `Start-Pw-${name}!`,
    mobile: `+32 47${index.toString().padStart(7, "0")}`,
  };
}

/** Hashes a password like slapd, because a clear password in an LDIF would be stored as it is. */
export function ssha(password: string): string {
  const salt = randomBytes(8);
  const hash = createHash("sha1").update(password).update(salt).digest();
  return `{SSHA}${Buffer.concat([hash, salt]).toString("base64")}`;
}

/** `withPassword` is the number of users with a password (hashing 100,000 takes longer than loading them). */
export function* ldif(people: number, withPassword: number): Generator<string> {
  yield ldifEntry(SUFFIX, { objectClass: "domain", dc: "lab" });
  for (const ou of ["people", "outside", "service", "policies", "groups", "hidden"])
    yield ldifEntry(`ou=${ou},${SUFFIX}`, { objectClass: "organizationalUnit", ou });
  yield ldifEntry(`cn=default,ou=policies,${SUFFIX}`, {
    objectClass: ["device", "pwdPolicy"],
    cn: "default",
    pwdAttribute: "userPassword",
    pwdInHistory: "3",
    pwdMinLength: "10",
    pwdCheckQuality: "2",
    pwdLockout: "TRUE",
    pwdMaxFailure: "5",
    pwdLockoutDuration: "0",
    pwdMustChange: "TRUE",
    pwdAllowUserChange: "TRUE",
    pwdMinAge: "0",
    pwdSafeModify: "FALSE",
  });
  for (const account of [SYNC_ACCOUNT, WRITEBACK_ACCOUNT])
    yield ldifEntry(account.dn, {
      objectClass: ["applicationProcess", "simpleSecurityObject"],
      cn: /^cn=([^,]+)/.exec(account.dn)?.[1] ?? "",
      userPassword: ssha(account.password),
    });
  for (let index = 0; index < people; index += 1) {
    const { name, dn, password, mobile } = person(index);
    yield ldifEntry(dn, {
      objectClass: "inetOrgPerson",
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

/** Writes one entry as LDIF. */
export function ldifEntry(
  dn: string,
  attributes: Readonly<Record<string, string | readonly string[]>>,
): string {
  const lines = Object.entries(attributes).flatMap(([name, values]) =>
    [values].flat().map((value) => `${name}: ${value}`),
  );
  return [`dn: ${dn}`, ...lines, "", ""].join("\n");
}

export interface SlapdConf {
  readonly directory: string;
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
  /** Where syncprov remembers deleted entries: in the accesslog, in memory (lost at a restart), or no syncprov at all. */
  readonly sync: "accesslog" | "memory" | "none";
  /** Whether the server keeps memberOf of every member (slapo-memberof(5)). A new group then changes its members' entries. */
  readonly memberOf: boolean;
  /** Whether slapd notes each user's last sign-in (pwdLastSuccess). */
  readonly lastBind: boolean;
  /** Whether slapd asks for a client certificate ("try"), accepts no connection without one ("demand"), or does not ask. */
  readonly verifyClient: "try" | "demand" | "never";
  /** Whether the accounts may only search through the suffix entry, and not read it. */
  readonly hidesSuffix: boolean;
  /** The limits of the sync account, such as `size=20`. */
  readonly limits: string;
}

/** The accounts have the fewest rights that the product needs. The documents and doctor print the same rules. */
export function slapdConf(conf: SlapdConf): string {
  const sync = `dn.exact="${SYNC_ACCOUNT.dn}"`;
  const writeback = `dn.exact="${WRITEBACK_ACCOUNT.dn}"`;
  const limits = `limits ${sync} ${conf.limits}`;
  const sessionLog =
    conf.sync === "memory" ? "syncprov-sessionlog 1000" : "syncprov-sessionlog-source cn=log";
  return `
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
include /etc/ldap/schema/nis.schema
include /etc/ldap/schema/dyngroup.schema
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload syncprov
moduleload accesslog
moduleload ppolicy
${conf.memberOf ? "moduleload memberof" : ""}
TLSCACertificateFile ${conf.caFile}
TLSCertificateFile ${conf.certFile}
TLSCertificateKeyFile ${conf.keyFile}
TLSVerifyClient ${conf.verifyClient}
authz-regexp "^cn=(svc-[a-z]+),ou=machines,o=latchkey$" "cn=$1,ou=service,${SUFFIX}"
sizelimit 500
security simple_bind=128
password-hash {SSHA}

database mdb
suffix cn=log
rootdn ${ADMINISTRATOR.dn}
directory ${conf.directory}/log
maxsize 1073741824
dbnosync
index default eq
index entryCSN,objectClass,reqEnd,reqResult,reqStart,reqDN,reqType
access to * by ${sync} read
${limits}
overlay syncprov
syncprov-nopresent TRUE
syncprov-reloadhint TRUE

database mdb
suffix ${SUFFIX}
rootdn ${ADMINISTRATOR.dn}
rootpw ${ADMINISTRATOR.password}
directory ${conf.directory}/db
maxsize 4294967296
dbnosync
index objectClass,uid,mail,entryUUID,entryCSN,modifyTimestamp,member,uniqueMember eq
${limits}
access to attrs=userPassword
  by ${writeback} write
  by self =xw
  by anonymous auth
  by * none
access to attrs=pwdAccountLockedTime,pwdReset,pwdFailureTime
  by ${writeback} manage
  by ${sync} read
  by * none
${conf.hidesSuffix ? `access to dn.base="${SUFFIX}" by * search` : ""}
# Users and containers that are moved there are out of sight of the account that syncs.
access to dn.subtree="ou=hidden,${SUFFIX}"
  by ${writeback} read
  by * none
access to *
  by ${sync} read
  by ${writeback} read
  by self read
  by * search
${conf.sync === "none" ? "" : `overlay syncprov\nsyncprov-checkpoint 1000 1\n${sessionLog}`}
${conf.lastBind ? "lastbind on" : ""}
overlay accesslog
logdb cn=log
logops writes
logsuccess TRUE
logpurge 07+00:00 01+00:00
overlay ppolicy
ppolicy_default "cn=default,ou=policies,${SUFFIX}"
ppolicy_use_lockout
${conf.memberOf ? "overlay memberof" : ""}
`.trimStart();
}
