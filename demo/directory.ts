/** Starts the demo's directory of either kind, with one user to follow and the shell commands to change and check them. */
import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Ds389, start389Ds } from "../lab/389-ds.ts";
import type { LabDirectory } from "../lab/installation.ts";
import { type OpenLdap, startOpenLdap } from "../lab/openldap.ts";
import { startSambaAd } from "../lab/samba-ad.ts";

export interface DemoPerson {
  readonly userName: string;
  readonly dn: string;
  /** The number in the form that the cloud sends to (E.164). */
  mobile: string;
  readonly alternateEmail: string;
  /** Changes when the story resets it. */
  password: string;
}

export interface DemoDirectory extends LabDirectory {
  readonly person: DemoPerson;
  /** Where this directory keeps a private mail address. */
  readonly alternateEmailAttribute: string;
  setMobile(person: DemoPerson, mobile: string): Promise<void>;
  /** Locks the account with wrong passwords. */
  lock(person: DemoPerson): Promise<void>;
  /** Tries the password with a bind. */
  opens(person: DemoPerson, password: string): Promise<boolean>;
  changeNumberCommand(number: string): string;
  whoamiCommand(person: DemoPerson): string;
  stop(): Promise<void>;
}

const NAME = "amelie";
const MOBILE = "0470/12.34.56";
const MOBILE_E164 = "+32470123456";
const ALTERNATE_EMAIL = "amelie.peeters@home.test";
const START_PASSWORD = "Forgotten-Pw-1!";

/** The kinds of directory that the demo can run on. */
export const DEMO_DIRECTORIES = ["openldap", "samba-ad", "389-ds"] as const;
type DemoDirectoryKind = (typeof DEMO_DIRECTORIES)[number];

export const DIRECTORY_NAMES: Readonly<Record<DemoDirectoryKind, string>> = {
  openldap: "OpenLDAP",
  "samba-ad": "Active Directory (Samba)",
  "389-ds": "389 Directory Server",
};

export async function startDemoDirectory(kind: DemoDirectoryKind): Promise<DemoDirectory> {
  switch (kind) {
    case "openldap":
      return demoLdap(await startOpenLdap());
    case "389-ds":
      return demoLdap(await start389Ds());
    case "samba-ad":
      return demoSambaAd();
  }
}

async function demoLdap(server: OpenLdap | Ds389): Promise<DemoDirectory> {
  const dn = `uid=${NAME},${server.peopleDn}`;
  const client = await server.admin();
  await client.add(dn, {
    objectClass: "inetOrgPerson",
    uid: NAME,
    cn: "Amelie Peeters",
    displayName: "Amelie Peeters",
    sn: "Peeters",
    mail: `${NAME}@contoso.test`,
    mobile: MOBILE,
    // inetOrgPerson has no attribute for a private address.
    description: ALTERNATE_EMAIL,
    userPassword: START_PASSWORD,
  });
  return {
    ...server,
    ...(await shellCommands(server, dn)),
    person: {
      userName: NAME,
      dn,
      mobile: MOBILE_E164,
      alternateEmail: ALTERNATE_EMAIL,
      password: START_PASSWORD,
    },
    alternateEmailAttribute: "description",
    setMobile: (_, mobile) => server.setMobile(NAME, mobile),
    async lock() {
      for (let tries = 0; tries < 5; tries++) await server.tryPassword(dn, "Not-my-Passw0rd!");
    },
    opens: async (person, password) => (await server.tryPassword(person.dn, password)) === "ok",
    stop: () => server.stop(),
  };
}

async function demoSambaAd(): Promise<DemoDirectory> {
  const server = await startSambaAd();
  const dn = `CN=Amelie Peeters,${server.dn("OU=Staff")}`;
  const userName = `${NAME}@lab.test`;
  const client = await server.admin();
  await client.add(dn, {
    objectClass: "user",
    sAMAccountName: NAME,
    userPrincipalName: userName,
    displayName: "Amelie Peeters",
    mobile: MOBILE,
    otherMailbox: ALTERNATE_EMAIL,
    userAccountControl: "544",
  });
  await server.setPassword(NAME, START_PASSWORD);
  await server.set(dn, { userAccountControl: "512" });
  return {
    ...server,
    ...(await shellCommands(server, dn)),
    peopleDn: server.dn("OU=Staff"),
    // Active Directory accepts the user name for a bind, and users know it.
    person: {
      userName,
      dn: userName,
      mobile: MOBILE_E164,
      alternateEmail: ALTERNATE_EMAIL,
      password: START_PASSWORD,
    },
    alternateEmailAttribute: "otherMailbox",
    setMobile: (_, mobile) => server.setMobile(NAME, mobile),
    lock: () => server.lock(NAME),
    opens: async (_, password) => (await server.tryPassword(NAME, password)) === "ok",
    stop: () => server.stop(),
  };
}

/** `entryDn` is the DN of the user's entry, which may differ from the name used to sign in. */
async function shellCommands(
  server: {
    readonly url: string;
    readonly caFile: string;
    readonly administrator: { readonly dn: string; readonly password: string };
  },
  entryDn: string,
): Promise<Pick<DemoDirectory, "changeNumberCommand" | "whoamiCommand">> {
  const { url, caFile, administrator } = server;
  // Next to the certificate, in the server's own folder, which is removed when the server stops.
  const passwordFile = join(dirname(caFile), "administrator-password");
  await writeFile(passwordFile, administrator.password, { mode: 0o600 });
  return {
    changeNumberCommand: (number) =>
      `printf 'dn: ${entryDn}\\nchangetype: modify\\nreplace: mobile\\nmobile: ${number}\\n' | ` +
      `ldapmodify -x -H ${url} -D '${administrator.dn}' -y ${passwordFile}`,
    whoamiCommand: ({ dn }) => `ldapwhoami -x -H ${url} -D '${dn}' -W`,
  };
}
