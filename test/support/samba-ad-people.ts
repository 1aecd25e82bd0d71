import { randomBytes } from "node:crypto";
import type { SambaAd } from "../../lab/samba-ad.ts";
import type { People, Person } from "./people.ts";
import { sharedSambaAd } from "./samba-ad.ts";

/** Adds users in a new OU, on the shared domain controller unless the test has its own. */
export async function openSambaAdPeople(own?: SambaAd): Promise<People> {
  const server = own ?? (await sharedSambaAd());
  const peopleDn = `OU=E2E ${randomBytes(4).toString("hex")},${server.peopleDn}`;
  await server.addUnit(peopleDn);
  const move = async (person: Person, parent: string): Promise<Person> => {
    const dn = `CN=${person.name},${parent}`;
    await server.move(person.dn, dn);
    return { ...person, dn };
  };

  return {
    directory: { ...server, peopleDn },
    resetUnlocks: false,
    protectedGroups: [],
    alternateEmailAttribute: "otherMailbox",
    add: (mobile, { officePhone, alternateEmail } = {}) =>
      server.addUser(peopleDn, {
        ...(mobile === undefined ? {} : { mobile }),
        ...(officePhone === undefined ? {} : { telephoneNumber: officePhone }),
        ...(alternateEmail === undefined ? {} : { otherMailbox: alternateEmail }),
      }),
    setMobile: (person, mobile) => server.set(person.dn, { mobile }),
    async rename(person) {
      const name = `${person.name}r`;
      const userName = `${name}@lab.test`;
      await server.set(person.dn, { userPrincipalName: userName, sAMAccountName: name });
      return { ...(await move({ ...person, name }, peopleDn)), userName };
    },
    moveOut: (person) => move(person, server.dn("OU=Outside")),
    moveBack: (person) => move(person, peopleDn),
    disable: (person) => server.disable(person.name),
    protect: (person) => server.set(person.dn, { adminCount: "1" }),
    expire: (person) => server.set(person.dn, { accountExpires: "132223104000000000" }), // 2020-01-01
    remove: (person) => server.delete(person.dn),
    lock: (person) => server.lock(person.name),
    opens: async (person, password) => (await server.tryPassword(person.name, password)) === "ok",
    mustChange: async (person) => (await server.read(person.name, ["pwdLastSet"]))["pwdLastSet"] === "0",
    passwordChanged: async (person) => (await server.read(person.name, ["pwdLastSet"]))["pwdLastSet"] ?? "",
    stop: () => Promise.resolve(), // shared by the whole run
  };
}
