/** What the printed commands depend on: the scope, the servers, and the accounts as the server knows them. */
import type { DirectoryConfig } from "../../config.ts";
import type { DirectoryContext } from "../directory-context.ts";

export interface Granted extends Pick<DirectoryConfig, "bases" | "servers"> {
  /** The names of the two accounts; the same where the agent has one account. */
  readonly reader: string;
  readonly writer: string;
}

export const grantedIn = ({ config, sessions }: Pick<DirectoryContext, "config" | "sessions">): Granted => ({
  bases: config.bases,
  servers: config.servers,
  reader: sessions.nameOf("read"),
  writer: sessions.nameOf("write"),
});
