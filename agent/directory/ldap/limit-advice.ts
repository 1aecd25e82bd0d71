/** Names the limit behind an LDAP result, and how to raise it on each make of server, for the agent's account alone. */
import { LDAP_CODE } from "./ldap-result.ts";
import type { RootDse } from "./root-dse.ts";

/** The account and the server of a search, as far as they are known. */
export interface AskedServer {
  /** The DN or name that the connection is bound as. */
  readonly account: string | null;
  readonly rootDse: Pick<RootDse, "isActiveDirectory" | "isOpenLdap" | "is389Ds"> | null;
}

interface Limit {
  readonly name: string;
  readonly openLdap: string;
  /** Attributes of the account's own entry, and the attribute of the server that holds for all accounts. */
  readonly ds389: { readonly account: readonly string[]; readonly server: string };
  readonly activeDirectory: string;
}

const LDBM = "cn=config,cn=ldbm database,cn=plugins,cn=config";

const LIMITS_BY_CODE: Readonly<Record<number, Limit>> = {
  [LDAP_CODE.timeLimitExceeded]: {
    name: "time limit",
    openLdap: "time=unlimited",
    ds389: { account: ["nsTimeLimit"], server: "nsslapd-timelimit in cn=config" },
    activeDirectory: "MaxQueryDuration",
  },
  [LDAP_CODE.sizeLimitExceeded]: {
    name: "size limit",
    openLdap: "size=unlimited",
    ds389: {
      account: ["nsSizeLimit", "nsPagedSizeLimit"],
      server: "nsslapd-sizelimit and nsslapd-pagedsizelimit in cn=config",
    },
    activeDirectory: "MaxPageSize (and directory.pageSize must not be above it)",
  },
  [LDAP_CODE.adminLimitExceeded]: {
    name: "administrative limit",
    openLdap: "size.unchecked=unlimited size.prtotal=unlimited",
    ds389: {
      account: [
        "nsLookThroughLimit",
        "nsPagedLookThroughLimit",
        "nsIDListScanLimit",
        "nsPagedIDListScanLimit",
      ],
      server: `nsslapd-lookthroughlimit and nsslapd-idlistscanlimit in ${LDBM}`,
    },
    activeDirectory: "MaxResultSetSize or MaxTempTableSize",
  },
};

/** Returns the name of the limit and what raises it; null for a result that is not about a limit. */
export function limitAdvice(
  code: number,
  { account, rootDse }: AskedServer,
): { readonly name: string; readonly advice: string } | null {
  const limit = LIMITS_BY_CODE[code];
  return limit === undefined ? null : { name: limit.name, advice: adviceFor(limit, account, rootDse) };
}

function adviceFor(limit: Limit, account: string | null, rootDse: AskedServer["rootDse"]): string {
  const name = account ?? "the agent's account";
  if (rootDse?.isOpenLdap === true)
    return `In slapd.conf, in the database of the users: limits dn.exact="${name}" ${limit.openLdap} (in cn=config the same without the first word, as olcLimits)`;
  if (rootDse?.is389Ds === true) {
    const values = limit.ds389.account.map((attribute) => `${attribute}: -1`).join(", ");
    return `On the entry ${name} set ${values}; or raise ${limit.ds389.server}, which holds for all accounts`;
  }
  if (rootDse?.isActiveDirectory === true)
    return `Raise ${limit.activeDirectory} in the LDAP policies of the domain (ntdsutil "ldap policies")`;
  return `Raise the server's ${limit.name} for ${name}`;
}

/** The limits that a sync needs, as lines to paste for each make of server that has limits of an account. */
export const unlimitedOpenLdap = (account: string): string =>
  `limits dn.exact="${account}" size=unlimited size.unchecked=unlimited time=unlimited`;
