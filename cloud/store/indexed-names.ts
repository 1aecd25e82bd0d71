/** The names under which the index finds a user. */
import { type DirectoryUser, lookupNames } from "../../shared/user.ts";

/** Returns a name as it is in the index: composed (NFC) and lowercase, so that é is found in either Unicode form. */
export const indexedName = (name: string): string => name.normalize("NFC").toLowerCase();
/** Returns all indexed names of a user, the user name first. */
export const indexedNames = (user: Pick<DirectoryUser, "userName" | "aliases">): string[] => [
  ...new Set(lookupNames(user).map(indexedName)),
];
