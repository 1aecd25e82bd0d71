/** Makes up a user for a name that does not exist: always the same one, and indistinguishable from a real one for strangers. */
import { MAX_USER_NAME } from "../../shared/user-names.ts";
import type { PortalKeys } from "../keys/portal-keys.ts";
import type { NameQuery } from "../store/name-query.ts";
import type { StoredUser } from "../store/user-record.ts";

export interface MadeUpUser {
  readonly user: StoredUser;
  /** Source of everything else that is made up about this person. */
  readonly seed: Buffer;
}

export function makeUpUser(
  portalKeys: Pick<PortalKeys, "digest">,
  tenantId: string,
  { text, ...query }: NameQuery,
): MadeUpUser {
  const seed = seedOf(portalKeys, tenantId, query);
  return {
    seed,
    user: {
      id: seed.subarray(0, 16).toString("hex"),
      // No source has this number. The id alone decides which source's agents are asked, see UserStore.sourceOf.
      source: 0,
      userName: text.slice(0, MAX_USER_NAME) || "nobody",
      aliases: [],
      displayName: null,
      mobile: numberOf(seed, 16),
      officePhone: numberOf(seed, 20),
      alternateEmail: null,
      mail: null,
      enabled: true,
      protected: false,
      phoneProblems: [],
      valueProblems: [],
      createdAt: 0,
      changedAt: 0,
      numberChangedAt: null,
      officePhoneChangedAt: null,
      alternateEmailChangedAt: null,
    },
  };
}

/**
 * A person is the same under each name that finds a person: `jdoe`, `CORP\jdoe` and `jdoe@corp.example`. A made-up one is at home
 * in one source, as real people are, and is another one under the domain of another source.
 */
function seedOf(
  portalKeys: Pick<PortalKeys, "digest">,
  tenantId: string,
  { key, account, allSources }: Omit<NameQuery, "text">,
): Buffer {
  const name = account?.key ?? key;
  const seed = portalKeys.digest("made-up-person", [tenantId, name]);
  const home = allSources[seed.readUInt32BE(0) % allSources.length];
  const sources = account?.sources ?? null;
  return sources === null || home === undefined || sources.includes(home)
    ? seed
    : portalKeys.digest("made-up-person", [tenantId, name, sources.join()]);
}

/** Has the form of a phone number. Its last two digits are shown; nothing is ever sent to it. */
const numberOf = (seed: Buffer, at: number): string =>
  `+1555${(seed.readUInt32BE(at) % 10_000_000).toString().padStart(7, "0")}`;
