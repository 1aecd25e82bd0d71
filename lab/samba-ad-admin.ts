/** Does an administrator's work in the lab's Active Directory, over LDAPS. */
import { Attribute, Change, Client, EqualityFilter } from "ldapts";
import { guidToId } from "../agent/directory/ldap/guid.ts";

export interface SambaAdAdmin {
  /** A connection as Administrator, for work without a helper. The handle closes it. */
  admin(): Promise<Client>;
  dnOf(name: string): Promise<string>;
  /** 32 hex digits, as the product names users. */
  idOf(name: string): Promise<string>;
  read(name: string, attributes: readonly string[]): Promise<Record<string, string>>;
  /** Adds a user with an unused name below `parent` (a DN) and the password `Start-Pw-<name>!`. */
  addUser(parent: string, attributes?: Readonly<Record<string, string>>): Promise<AddedUser>;
  addUnit(dn: string): Promise<void>;
  /** `null` removes the attribute. */
  set(dn: string, attributes: Readonly<Record<string, string | readonly string[] | null>>): Promise<void>;
  setMobile(name: string, mobile: string | null): Promise<void>;
  setPassword(name: string, password: string): Promise<void>;
  /** Moves an entry or a whole OU. Renames it when the first part of the new DN differs. */
  move(dn: string, newDn: string): Promise<void>;
  disable(name: string): Promise<void>;
  delete(dn: string): Promise<void>;
  /** Tries wrong passwords until the account is locked. */
  lock(name: string): Promise<void>;
  unlock(name: string): Promise<void>;
  /** Returns "ok" when this password opens the account, otherwise the code in `data xxx` of the refusal. */
  tryPassword(name: string, password: string): Promise<string>;
}

export interface AddedUser {
  readonly name: string;
  readonly userName: string;
  readonly dn: string;
  readonly id: string;
  readonly password: string;
}

export function openSambaAdAdmin(server: {
  readonly url: string;
  readonly baseDn: string;
  readonly realm: string;
  readonly ca: Buffer;
  readonly administrator: { readonly dn: string; readonly password: string };
}): SambaAdAdmin & { disconnect(): Promise<void> } {
  let connected: Promise<Client> | undefined;
  let serial = 0;
  const options = { url: server.url, timeout: 90_000, connectTimeout: 20_000, tlsOptions: { ca: server.ca } };

  const admin = (): Promise<Client> => (connected ??= signIn());
  const signIn = async (): Promise<Client> => {
    const client = new Client(options);
    await client.bind(server.administrator.dn, server.administrator.password);
    return client;
  };
  const findOne = async (name: string, attributes: string[]) => {
    const { searchEntries } = await (
      await admin()
    ).search(server.baseDn, {
      filter: new EqualityFilter({ attribute: "sAMAccountName", value: name }),
      attributes,
      explicitBufferAttributes: ["objectGUID"],
    });
    const [entry] = searchEntries;
    if (entry === undefined) throw new Error(`there is no account ${name}`);
    return entry;
  };
  const set: SambaAdAdmin["set"] = async (dn, attributes) => {
    const changes = Object.entries(attributes).map(([type, value]) => {
      const values = value === null ? [] : typeof value === "string" ? [value] : [...value];
      return new Change({ operation: "replace", modification: new Attribute({ type, values }) });
    });
    await (await admin()).modify(dn, changes);
  };
  const tryPassword: SambaAdAdmin["tryPassword"] = async (name, password) => {
    const client = new Client(options);
    try {
      await client.bind(`${name}@${server.realm}`, password);
      return "ok";
    } catch (error) {
      return /data ([0-9a-f]+)/i.exec(String(error))?.[1] ?? String(error);
    } finally {
      await client.unbind().catch(() => undefined); // the server may have closed it already
    }
  };
  const dnOf: SambaAdAdmin["dnOf"] = async (name) => (await findOne(name, ["cn"])).dn;
  const idOf: SambaAdAdmin["idOf"] = async (name) => {
    const guid = (await findOne(name, ["objectGUID"]))["objectGUID"];
    const id = Buffer.isBuffer(guid) ? guidToId(guid) : null;
    if (id === null) throw new Error(`${name} has no objectGUID`);
    return id;
  };

  return {
    admin,
    dnOf,
    idOf,
    set,
    tryPassword,
    async read(name, attributes) {
      const entry = await findOne(name, [...attributes]);
      return Object.fromEntries(
        attributes.map((attribute) => {
          const value = entry[attribute];
          return [attribute, Array.isArray(value) ? value.join("|") : String(value)];
        }),
      );
    },
    async addUser(parent, attributes = {}) {
      const name = `t${(++serial).toString()}x${Date.now().toString(36)}`;
      const password = `Start-Pw-${name}!`;
      const dn = `CN=${name},${parent}`;
      const userName = `${name}@${server.realm}`;
      const client = await admin();
      await client.add(dn, [
        ...Object.entries({
          objectClass: "user",
          sAMAccountName: name,
          userPrincipalName: userName,
          userAccountControl: "512",
          ...attributes,
        })
          .filter(([, value]) => value !== "")
          .map(([type, value]) => new Attribute({ type, values: [value] })),
        new Attribute({ type: "unicodePwd", values: [Buffer.from(`"${password}"`, "utf16le")] }),
      ]);
      return { name, userName, dn, id: await idOf(name), password };
    },
    async addUnit(dn) {
      await (await admin()).add(dn, { objectClass: "organizationalUnit" });
    },
    setMobile: async (name, mobile) => set(await dnOf(name), { mobile }),
    async setPassword(name, password) {
      const modification = new Attribute({
        type: "unicodePwd",
        values: [Buffer.from(`"${password}"`, "utf16le")],
      });
      await (await admin()).modify(await dnOf(name), new Change({ operation: "replace", modification }));
    },
    async move(dn, newDn) {
      await (await admin()).modifyDN(dn, newDn);
    },
    disable: async (name) => set(await dnOf(name), { userAccountControl: "514" }),
    async delete(dn) {
      await (await admin()).del(dn);
    },
    async lock(name) {
      for (let attempt = 0; attempt < 5; attempt++) await tryPassword(name, "Wr0ng-Passw0rd!");
    },
    unlock: async (name) => set(await dnOf(name), { lockoutTime: "0" }),
    async disconnect() {
      const open = connected;
      connected = undefined;
      await open?.then((client) => client.unbind()).catch(() => undefined); // the server may be gone
    },
  };
}
