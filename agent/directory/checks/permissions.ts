/**
 * The rights the agent's accounts need, as commands to paste. `doctor --print-permissions` prints them; nothing runs
 * them.
 */
import type { DialectName } from "../directory.ts";
import { unlimitedOpenLdap } from "../ldap/limit-advice.ts";
import type { Granted } from "./granted.ts";
import { ds389Commands } from "./permissions-389-ds.ts";

/** Lines that start with `#` explain the next ones. */
export function permissionCommands(dialect: DialectName, config: Granted): string[] {
  switch (dialect) {
    case "active-directory":
      return activeDirectory(config);
    case "openldap":
      return openLdap(config);
    case "389-ds":
      return ds389Commands(config);
    case "generic":
      return generic(config);
  }
}

/** Lets the reading account list CN=Deleted Objects. Without it, deletes are found by comparing ids only. */
export function tombstoneCommands(config: Granted): string[] {
  const container = `CN=Deleted Objects,${domainOf(config)}`;
  return [
    `dsacls "${container}" /takeownership`,
    `dsacls "${container}" /G "${trustee(config.reader)}:LCRP"`,
  ];
}

/** Lets the writing account reset passwords and unlock accounts below every base. */
export function writeCommands(config: Granted): string[] {
  const account = trustee(config.writer);
  // An inherited right for user does not reach inetOrgPerson, although that is a kind of user.
  return config.bases.flatMap(({ dn }) =>
    ["user", "inetOrgPerson"].flatMap((kind) => [
      `dsacls "${dn}" /I:S /G "${account}:CA;Reset Password;${kind}"`,
      `dsacls "${dn}" /I:S /G "${account}:RPWP;lockoutTime;${kind}"`,
      `dsacls "${dn}" /I:S /G "${account}:RPWP;pwdLastSet;${kind}"`,
    ]),
  );
}

/** Lets the writing account read fine-grained password policies, so that a refusal can be explained. */
export function policyCommands(config: Granted): string[] {
  const container = `CN=Password Settings Container,CN=System,${domainOf(config)}`;
  return [`dsacls "${container}" /I:T /G "${trustee(config.writer)}:LCRP"`];
}

function activeDirectory(config: Granted): string[] {
  return [
    "# Run on a domain controller as a domain admin. Reset passwords and unlock accounts below each base:",
    ...writeCommands(config),
    "# Without this right a password that was reset counts as expired at once ([MS-SAMR] 3.1.1.8.7):",
    `dsacls "${domainOf(config)}" /G "${trustee(config.writer)}:CA;Unexpire Password"`,
    "# See deletes in the change feed:",
    ...tombstoneCommands(config),
    "# Read fine-grained password policies, to name the rule that refused a password:",
    ...policyCommands(config),
  ];
}

/** Returns the DC=… at the end of a base. */
const domainOf = ({ bases }: Granted): string => /(?:^|,)(DC=.*)$/i.exec(bases[0]?.dn ?? "")?.[1] ?? "DC=…";

/** dsacls accepts DOMAIN\name or name@domain, but no DN. */
const trustee = (account: string): string => (account.includes("=") ? `DOMAIN\\NAME of ${account}` : account);

/** Each make has its own words for rights, so these lines say what to grant. */
function generic(config: Granted): string[] {
  return config.bases.flatMap(({ dn }) => [
    `# Let ${config.reader} read and search all below ${dn}, without a limit of size or time,`,
    `# the operational attributes entryUUID, createTimestamp and modifyTimestamp included.`,
    `# Let ${config.writer} read the same, pwdAccountLockedTime, pwdAccountTmpLockoutEnd, pwdLastSuccess, pwdReset, pwdEndTime`,
    `# and pwdStartTime included, and write userPassword, pwdAccountLockedTime and pwdReset there. Let it read the policies`,
    `# (objectClass pwdPolicy) too, which say how long a lock lasts and when an unused account is closed (pwdMaxIdle).`,
  ]);
}

function openLdap(config: Granted): string[] {
  const { reader, writer } = config;
  const both = reader === writer ? [reader] : [reader, writer];
  const read = both.map((dn) => `by dn.exact="${dn}" read`).join(" ");
  return [
    "# In slapd.conf (each line without its first word as olcAccess or olcLimits in cn=config), above your own rules.",
    "# write and never manage on userPassword: manage bypasses the password policy.",
    `access to attrs=userPassword by dn.exact="${writer}" write by self =xw by anonymous auth by * none`,
    `access to attrs=pwdAccountLockedTime,pwdReset by dn.exact="${writer}" manage by dn.exact="${reader}" read by * none`,
    ...config.bases.map(({ dn }) => `access to dn.subtree="${dn}" ${read} by * break`),
    "# In the database of the accesslog, where it is syncprov's session log: slapd reads it with the rights of the account",
    "# that syncs. Without this, every delta lists all users.",
    `access to dn.subtree="cn=log" by dn.exact="${reader}" read`,
    unlimitedOpenLdap(reader),
  ];
}
