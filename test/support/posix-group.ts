import type { LdapAdmin } from "../../lab/ldap-admin.ts";

/** Adds a posixGroup (RFC 2307). `gidNumber` is the number by which accounts name it as their primary group. */
export async function addPosixGroup(
  server: Pick<LdapAdmin, "admin">,
  dn: string,
  { gidNumber, memberUid }: { readonly gidNumber: string; readonly memberUid: readonly string[] },
): Promise<void> {
  const names = memberUid.length === 0 ? {} : { memberUid: [...memberUid] };
  await (await server.admin()).add(dn, { objectClass: "posixGroup", gidNumber, ...names });
}

/** Makes an account a posixAccount with this primary group. */
export const posixAccount = (gidNumber: string): Record<string, string[] | string> => ({
  objectClass: ["inetOrgPerson", "posixAccount"],
  uidNumber: "1",
  homeDirectory: "/home/tester",
  gidNumber,
});
