/** Makes what an agent states about a directory of this name. Directories with different names are different. */
import type { DirectoryScope, StatedDirectory } from "../../shared/source.ts";

export const statedDirectory = (
  name = "example.com",
  scope: Partial<DirectoryScope> = {},
): StatedDirectory => {
  const suffix = name
    .split(".")
    .map((label) => `dc=${label}`)
    .join(",");
  return {
    identity: { key: `id:1@${suffix}`, suffix, name, hasId: true },
    scope: { bases: [{ dn: `ou=people,${suffix}`, id: "1" }], filter: null, groups: [], ...scope },
  };
};
