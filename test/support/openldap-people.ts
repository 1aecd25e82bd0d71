import { type OpenLdap, type OpenLdapOptions, startOpenLdap } from "../../lab/openldap.ts";
import { joinGroup } from "./group-members.ts";
import type { People, Person } from "./people.ts";

/** inetOrgPerson has no attribute for a private address. */
const ALTERNATE_EMAIL = "description";

export interface OpenLdapPeople extends People {
  readonly server: OpenLdap;
}

/** Starts a server for one test, with `options.people` users from the start. */
export async function startOpenLdapPeople(options: OpenLdapOptions = {}): Promise<OpenLdapPeople> {
  const server = await startOpenLdap({ people: 0, withPassword: 0, ...options });
  const guarded = server.dn("cn=Guarded,ou=groups");
  await server.addGroup(guarded, [server.administrator.dn]);
  const at = (person: Person, dn: string, name = person.name): Person => ({
    ...person,
    name,
    userName: name,
    dn,
  });
  const move = async (person: Person, parent: string, name = person.name): Promise<Person> => {
    const dn = `uid=${name},${parent}`;
    await server.move(person.dn, dn);
    return at(person, dn, name);
  };

  return {
    server,
    directory: server,
    resetUnlocks: true,
    protectedGroups: [guarded],
    alternateEmailAttribute: ALTERNATE_EMAIL,
    async add(mobile, { officePhone, alternateEmail } = {}) {
      const added = await server.addUser(server.peopleDn, {
        ...(mobile === undefined ? {} : { mobile }),
        ...(officePhone === undefined ? {} : { telephoneNumber: officePhone }),
        ...(alternateEmail === undefined ? {} : { [ALTERNATE_EMAIL]: alternateEmail }),
      });
      return { ...added, userName: added.name };
    },
    setMobile: (person, mobile) => server.set(person.dn, { mobile }),
    rename: (person) => move(person, server.peopleDn, `${person.name}-renamed`),
    moveOut: (person) => move(person, server.dn("ou=outside")),
    moveBack: (person) => move(person, server.peopleDn),
    disable: (person) => server.set(person.dn, { pwdAccountLockedTime: "000001010000Z" }),
    protect: (person) => joinGroup(server, guarded, person.dn),
    expire: (person) => server.set(person.dn, { pwdEndTime: "20200101000000Z" }),
    remove: (person) => server.delete(person.dn),
    async lock(person) {
      for (let attempt = 0; attempt < 5; attempt++) await server.tryPassword(person.dn, "Wr0ng-Passw0rd!");
    },
    opens: async (person, password) => (await server.tryPassword(person.dn, password)) === "ok",
    mustChange: async (person) => (await server.read(person.name, ["pwdReset"]))["pwdReset"] === "TRUE",
    passwordChanged: async (person) =>
      (await server.read(person.name, ["pwdChangedTime"]))["pwdChangedTime"] ?? "",
    stop: () => server.stop(),
  };
}
