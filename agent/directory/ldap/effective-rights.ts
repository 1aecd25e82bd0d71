/** The control "Get Effective Rights" of Netscape's descendants (draft-ietf-ldapext-acl-model): a server tells what an account may do. */
import { isDn } from "../../../shared/dn.ts";
import type { RequestControl } from "./controls.ts";
import { textOf } from "./entry-text.ts";
import type { DirectoryEntryRaw } from "./ldap-entry.ts";
import { LDAP_OID } from "./oids.ts";
import type { RootDse } from "./root-dse.ts";

/** Asks for the rights of `account`. Empty where the server has no such control, or the account signs in by another name than a DN. */
export function effectiveRights(
  rootDse: Pick<RootDse, "supportedControls">,
  account: string,
): RequestControl[] {
  if (!rootDse.supportedControls.has(LDAP_OID.effectiveRights) || !isDn(account)) return [];
  return [{ oid: LDAP_OID.effectiveRights, critical: false, value: Buffer.from(`dn: ${account}`) }];
}

/** Returns the attributes, of those asked for, for which the account has none of this right; null when the server does not tell. */
export function lackingRight(
  entry: Pick<DirectoryEntryRaw, "attributes">,
  right: "r" | "w",
  attributes: readonly string[],
): string[] | null {
  const text = textOf(entry, "attributeLevelRights");
  if (text === undefined || /^\*:\d+$/.test(text)) return null; // 389-ds puts the code of its refusal there
  const rights = new Map(
    text.split(",").map((part) => {
      const [name = "", letters = ""] = part.trim().split(":");
      return [name.toLowerCase(), letters];
    }),
  );
  return attributes.filter((name) => {
    const letters = rights.get(name.toLowerCase());
    return letters !== undefined && !letters.includes(right);
  });
}
