import { canonicalRdns, isWithin } from "../../shared/dn.ts";

export interface SourceSuffix {
  readonly number: number;
  /** DN of its naming context. */
  readonly suffix: string;
}

/**
 * Returns those groups that an agent of this source has to know. A tenant may have several directories, and an agent knows the
 * groups of its own; a group of another source is not missing, and has no members here. A group belongs to the source whose
 * suffix fits best: a child domain lies within the suffix of its parent. Of two sources with the same suffix it may belong to
 * either. One that fits no suffix is in no directory.
 */
export function missingIn(
  source: number | null,
  sources: readonly SourceSuffix[],
  groups: readonly string[],
): string[] {
  return groups.filter((dn) => {
    const fitting = sources.filter(({ suffix }) => isWithin(dn, suffix));
    const deepest = Math.max(...fitting.map(depthOf));
    const owners = fitting.filter((each) => depthOf(each) === deepest);
    return owners.length === 0 || owners.some(({ number }) => number === source);
  });
}

const depthOf = ({ suffix }: SourceSuffix): number => canonicalRdns(suffix).length;
