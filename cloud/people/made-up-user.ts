/** Makes up a user for a name that does not exist: always the same one, and indistinguishable from a real one for strangers. */
import type { PortalKeys } from "../keys/portal-keys.ts";
import { indexedName } from "../store/indexed-names.ts";
import type { StoredUser } from "../store/user-record.ts";

export interface MadeUpUser {
  readonly user: StoredUser;
  /** Source of everything else that is made up about this person. */
  readonly seed: Buffer;
}

export function makeUpUser(
  portalKeys: Pick<PortalKeys, "digest">,
  tenantId: string,
  typedName: string,
): MadeUpUser {
  const name = indexedName(typedName.trim());
  const seed = portalKeys.digest("made-up-person", [tenantId, name]);
  return {
    seed,
    user: {
      id: seed.subarray(0, 16).toString("hex"),
      // No source has this number. The id alone decides which source's agents are asked, see UserStore.sourceOf.
      source: 0,
      userName: typedName.trim().slice(0, 256) || "nobody",
      aliases: [],
      displayName: null,
      mobile: numberOf(seed, 16),
      officePhone: numberOf(seed, 20),
      alternateEmail: null,
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

/** Has the form of a phone number. Its last two digits are shown; nothing is ever sent to it. */
const numberOf = (seed: Buffer, at: number): string =>
  `+1555${(seed.readUInt32BE(at) % 10_000_000).toString().padStart(7, "0")}`;
