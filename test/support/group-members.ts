import { Attribute, Change } from "ldapts";
import type { LdapAdmin } from "../../lab/ldap-admin.ts";

/** Adds members to an existing group. */
export async function joinGroup(
  server: Pick<LdapAdmin, "admin">,
  group: string,
  member: string,
): Promise<void> {
  const modification = new Attribute({ type: "member", values: [member] });
  await (await server.admin()).modify(group, new Change({ operation: "add", modification }));
}
