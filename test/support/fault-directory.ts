/** Starts a directory that tests can freeze, kill and inspect, with a proxy between the agent and it. */
import { Attribute, type Client, EqualityFilter } from "ldapts";
import type { LabDirectory } from "../../lab/installation.ts";
import type { OpenLdap } from "../../lab/openldap.ts";
import { type SambaAd, startSambaAd } from "../../lab/samba-ad.ts";
import type { CloseStack } from "../../shared/shutdown.ts";
import { startOpenLdapPeople } from "./openldap-people.ts";
import type { People, Person } from "./people.ts";
import { openSambaAdPeople } from "./samba-ad-people.ts";
import { startTcpProxy, type TcpProxy } from "./tcp-proxy.ts";

export interface FaultDirectory {
  readonly name: "OpenLDAP" | "Samba AD";
  readonly people: People;
  readonly server: Pick<OpenLdap | SambaAd, "signal" | "kill" | "restart">;
  /** Between agent and server. Administrators and users do not go through it. */
  readonly proxy: TcpProxy;
  /** The directory for the agent's configuration, reached through the proxy. */
  readonly place: LabDirectory;
  /** Adds this many users with numbers and without passwords. */
  addMany(count: number): Promise<void>;
  /** Reads user name and E.164 number of every user in scope from the server itself. */
  numbers(): Promise<Map<string, string | null>>;
  /** Counts how often this account's password was written, from the server's own records. */
  passwordWrites(person: Person): Promise<number>;
}

/** Enough users for many batches of a sync run. */
const OPENLDAP_PEOPLE = 2_000;
/** Enough for two batches: adding a user costs a hundred times as much here. */
const SAMBA_AD_PEOPLE = 360;

export async function startFaultOpenLdap(open: CloseStack): Promise<FaultDirectory> {
  const people = await startOpenLdapPeople({ people: OPENLDAP_PEOPLE });
  const { server } = people;
  open.defer(() => server.stop());
  const proxy = await startTcpProxy(server.port);
  open.add(proxy);
  return {
    name: "OpenLDAP",
    people,
    server,
    proxy,
    place: { ...people.directory, url: `ldaps://127.0.0.1:${proxy.port}` },
    addMany: adder(
      () => server.admin(),
      (name, mobile) => ({
        dn: `uid=${name},${server.peopleDn}`,
        attributes: { objectClass: "inetOrgPerson", uid: name, cn: name, sn: name, mobile },
      }),
    ),
    numbers: async () => numbers(await server.admin(), server.peopleDn, "uid"),
    async passwordWrites({ dn }) {
      const { searchEntries } = await (
        await server.admin()
      ).search("cn=log", {
        filter: new EqualityFilter({ attribute: "reqDN", value: dn }),
        attributes: ["reqMod"],
      });
      const writes = searchEntries.filter(({ reqMod }) =>
        [reqMod ?? []].flat().some((line) => /^userPassword:[=+]/.test(String(line))),
      );
      return writes.length;
    },
  };
}

export async function startFaultSambaAd(open: CloseStack): Promise<FaultDirectory> {
  const server = await startSambaAd();
  open.defer(() => server.stop());
  const people = await openSambaAdPeople(server);
  const { peopleDn } = people.directory;
  const proxy = await startTcpProxy(636, server.address, server.address); // the certificate is for that address
  open.add(proxy);
  const directory: FaultDirectory = {
    name: "Samba AD",
    people,
    server,
    proxy,
    place: { ...people.directory, url: `ldaps://${server.address}:${proxy.port}` },
    addMany: adder(
      () => server.admin(),
      (name, mobile) => ({
        dn: `CN=${name},${peopleDn}`,
        attributes: {
          objectClass: "user",
          sAMAccountName: name,
          userPrincipalName: `${name}@lab.test`,
          mobile,
        },
      }),
    ),
    numbers: async () => numbers(await server.admin(), peopleDn, "userPrincipalName"),
    // Counts the writes of unicodePwd ([MS-ADTS] 3.1.1.4.5.16).
    passwordWrites: async ({ name }) =>
      Number((await server.read(name, ["msDS-KeyVersionNumber"]))["msDS-KeyVersionNumber"]),
  };
  await directory.addMany(SAMBA_AD_PEOPLE);
  return directory;
}

interface NewEntry {
  readonly dn: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** Makes up unused names and numbers. */
function adder(admin: () => Promise<Client>, entry: (name: string, mobile: string) => NewEntry) {
  let serial = 0;
  return async (count: number): Promise<void> => {
    const client = await admin();
    const add = ({ dn, attributes }: NewEntry): Promise<void> =>
      client.add(
        dn,
        Object.entries(attributes).map(([type, value]) => new Attribute({ type, values: [value] })),
      );
    const next = (): NewEntry => {
      const digits = (++serial).toString().padStart(6, "0");
      return entry(`m${digits}`, `+32479${digits}`);
    };
    await Promise.all(Array.from({ length: count }, () => add(next())));
  };
}

async function numbers(client: Client, base: string, userName: string): Promise<Map<string, string | null>> {
  const { searchEntries } = await client.search(base, {
    filter: "(objectClass=person)",
    attributes: [userName, "mobile"],
    paged: true,
  });
  const text = (value: unknown): string => [value ?? []].flat().map(String).join().replaceAll(" ", "");
  return new Map(
    searchEntries.map((entry) => [text(entry[userName]), text(entry["mobile"]) || null] as const),
  );
}
