import { randomBytes } from "node:crypto";
import { Attribute } from "ldapts";
import type { SambaAd } from "../../lab/samba-ad.ts";

const newName = (): string => `g${randomBytes(6).toString("hex")}`;

/** Adds a security group. */
export async function addGroup(ad: SambaAd, dn: string, members: readonly string[]): Promise<void> {
  const client = await ad.admin();
  await client.add(dn, [
    new Attribute({ type: "objectClass", values: ["group"] }),
    new Attribute({ type: "sAMAccountName", values: [newName()] }),
    ...(members.length === 0 ? [] : [new Attribute({ type: "member", values: [...members] })]),
  ]);
}

/** Adds an organizational unit that no other test uses. */
export async function newUnit(ad: SambaAd): Promise<string> {
  const unit = `OU=Groups ${newName()},${ad.peopleDn}`;
  await ad.addUnit(unit);
  return unit;
}
