import { canonicalRdns, isWithin } from "../../shared/dn.ts";

export interface SourceSuffix {
  readonly number: number;
  /** DN of its naming context. */
  readonly suffix: string;
}

/**
 * Returns those groups that an agent of this source has to know. A tenant may have several directories, and an agent knows the
 * groups of its own; a group of another source is not missing, and has no members here. A group belongs to the source whose
 * suffix fits best: a child domain lies within the suffix of its parent. One that fits no suffix is in no directory.
 */
export function missingIn(
  source: number | null,
  sources: readonly SourceSuffix[],
  groups: readonly string[],
): string[] {
  const deepestFirst = [...sources].sort((a, b) => depthOf(b) - depthOf(a));
  return groups.filter((dn) => {
    const owner = deepestFirst.find(({ suffix }) => isWithin(dn, suffix));
    return owner === undefined || owner.number === source;
  });
}

const depthOf = ({ suffix }: SourceSuffix): number => canonicalRdns(suffix).length;
