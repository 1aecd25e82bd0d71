/** Does an administrator's work in the lab's LDAP servers, over LDAPS. */
import { Attribute, Change, Client, EqualityFilter } from "ldapts";

export interface AddedPerson {
  readonly name: string;
  readonly dn: string;
  /** 32 hex digits, as the product names users. */
  readonly id: string;
  readonly password: string;
}

export interface LdapAdmin {
  /** A connection as the administrator, for work without a helper. The handle closes it. */
  admin(): Promise<Client>;
  dnOf(name: string): Promise<string>;
  idOf(name: string): Promise<string>;
  /** Joins several values with `|`; missing ones are empty. Reads operational attributes too. */
  read(name: string, attributes: readonly string[]): Promise<Record<string, string>>;
  /** Adds a user with an unused name below `parent` (a DN; ou=people when left out) and the password `Start-Pw-<name>!`. */
  addUser(parent?: string, attributes?: Readonly<Record<string, string>>): Promise<AddedPerson>;
  addUnit(dn: string): Promise<void>;
  /** Adds a groupOfNames. */
  addGroup(dn: string, members: readonly string[]): Promise<void>;
  /** `null` removes the attribute. */
  set(dn: string, attributes: Readonly<Record<string, string | readonly string[] | null>>): Promise<void>;
  setMobile(name: string, mobile: string | null): Promise<void>;
  /** Moves an entry or a whole OU. Renames it when the first part of the new DN differs. */
  move(dn: string, newDn: string): Promise<void>;
  delete(dn: string): Promise<void>;
  /** Returns "ok" when this password opens the account, otherwise the server's text. */
  tryPassword(dn: string, password: string): Promise<string>;
}

export interface LdapAdminOptions {
  readonly url: string;
  readonly ca: Buffer;
  readonly administrator: { readonly dn: string; readonly password: string };
  readonly suffix: string;
  /** The attribute that names users for the product. */
  readonly idAttribute: string;
}

export function openLdapAdmin(server: LdapAdminOptions): LdapAdmin & { disconnect(): Promise<void> } {
  const { administrator, suffix, idAttribute } = server;
  const options = { url: server.url, timeout: 90_000, connectTimeout: 20_000, tlsOptions: { ca: server.ca } };
  let connected: Promise<Client> | undefined;
  let serial = 0;

  const signIn = async (): Promise<Client> => {
    const client = new Client({ ...options });
    await client.bind(administrator.dn, administrator.password);
    return client;
  };
  const admin = (): Promise<Client> => (connected ??= signIn());
  const findOne = async (name: string, attributes: readonly string[]) => {
    const filter = new EqualityFilter({ attribute: "uid", value: name });
    const { searchEntries } = await (
      await admin()
    ).search(suffix, { filter, attributes: [...attributes], timeLimit: 0 });
    const [entry] = searchEntries;
    if (entry === undefined) throw new Error(`there is no user called ${name}`);
    return entry;
  };
  const read: LdapAdmin["read"] = async (name, attributes) => {
    const entry = await findOne(name, attributes);
    return Object.fromEntries(
      attributes.map((attribute) => [attribute, [entry[attribute] ?? []].flat().map(String).join("|")]),
    );
  };
  const dnOf = async (name: string): Promise<string> => (await findOne(name, ["uid"])).dn;
  const idOf = async (name: string): Promise<string> =>
    (await read(name, [idAttribute]))[idAttribute]?.replaceAll("-", "").toLowerCase() ?? "";
  const set: LdapAdmin["set"] = async (dn, attributes) => {
    const changes = Object.entries(attributes).map(([type, value]) => {
      const values = value === null ? [] : [value].flat();
      return new Change({ operation: "replace", modification: new Attribute({ type, values }) });
    });
    await (await admin()).modify(dn, changes);
  };

  return {
    admin,
    dnOf,
    idOf,
    read,
    set,
    async addUser(parent = `ou=people,${suffix}`, attributes = {}) {
      const name = `t${(++serial).toString()}x${Date.now().toString(36)}`;
      const password = `Start-Pw-${name}!`;
      const dn = `uid=${name},${parent}`;
      await (
        await admin()
      ).add(dn, {
        objectClass: "inetOrgPerson",
        uid: name,
        cn: name,
        sn: "Tester",
        mail: `${name}@lab.test`,
        userPassword: password,
        ...attributes,
      });
      return { name, dn, id: await idOf(name), password };
    },
    async addUnit(dn) {
      await (await admin()).add(dn, { objectClass: "organizationalUnit" });
    },
    async addGroup(dn, members) {
      await (await admin()).add(dn, { objectClass: "groupOfNames", member: [...members] });
    },
    setMobile: async (name, mobile) => set(await dnOf(name), { mobile }),
    async move(dn, newDn) {
      await (await admin()).modifyDN(dn, newDn);
    },
    async delete(dn) {
      await (await admin()).del(dn);
    },
    async tryPassword(dn, password) {
      const client = new Client({ ...options });
      try {
        await client.bind(dn, password);
        return "ok";
      } catch (error) {
        return error instanceof Error ? error.message : String(error);
      } finally {
        await client.unbind().catch(() => undefined); // the server may have closed it already
      }
    },
    async disconnect() {
      const client = await connected?.catch(() => undefined);
      connected = undefined;
      await client?.unbind().catch(() => undefined); // it may be gone already
    },
  };
}
