/** The names under which the index finds a user. */
import type { DirectoryUser } from "../../shared/user.ts";
import { nameKey } from "../../shared/user-names.ts";

/** Returns all indexed names of a user, the user name first. */
export const indexedNames = ({
  userName,
  aliases,
}: Pick<DirectoryUser, "userName" | "aliases">): string[] => [
  ...new Set([userName, ...aliases].map(nameKey).filter((name) => name !== "")),
];
