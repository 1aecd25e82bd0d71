/** The user behind a name that nobody has: always the same one for a name, told apart by nothing a stranger sees (T-01). */
import type { PortalKeys } from "../keys/portal-keys.ts";
import type { StoredUser } from "../store/users.ts";
import { indexedName } from "../store/users.ts";

export interface MadeUpUser {
  readonly user: StoredUser;
  /** For whatever else is to be made up about this person. */
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
      userName: typedName.trim().slice(0, 256) || "nobody",
      aliases: [],
      displayName: null,
      mobile: numberOf(seed, 16),
      officePhone: numberOf(seed, 20),
      alternateEmail: null,
      enabled: true,
      protected: false,
      phoneProblems: [],
      createdAt: 0,
      changedAt: 0,
      numberChangedAt: null,
    },
  };
}

/** Of the form of a number and never dialled: nothing is sent to who is made up. Its last two digits are shown. */
const numberOf = (seed: Buffer, at: number): string =>
  `+1555${(seed.readUInt32BE(at) % 10_000_000).toString().padStart(7, "0")}`;
