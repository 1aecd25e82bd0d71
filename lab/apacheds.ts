/**
 * Starts a real ApacheDS with users on free loopback ports: the lab's plain LDAP server, without anything that the product knows
 * beyond the standards. It runs as the current user in a folder of its own, and takes some seconds (Java).
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { freePort } from "./free-port.ts";
import { type LdapAdmin, openLdapAdmin } from "./ldap-admin.ts";
import { person, SUFFIX, SYNC_ACCOUNT } from "./openldap-people.ts";
import { createAuthority } from "./tls.ts";
import { untilAccepts } from "./until-accepts.ts";

const run = promisify(execFile);
const LIBRARIES = "/usr/share/apacheds/lib";
const CONFIG = "/etc/apacheds/config.ldif";
const MISSING = "ApacheDS is missing: node tools/require.js apacheds";
/** Packages that Debian's apacheds needs and does not depend on. */
const MORE_LIBRARIES = [
  "caffeine",
  "commons-codec",
  "commons-collections4",
  "commons-lang3",
  "commons-pool2",
  "commons-text",
].map((name) => `/usr/share/java/${name}.jar`);
const ADMINISTRATOR = { dn: "uid=admin,ou=system", password: "secret" } as const;
const KEYSTORE_PASSWORD = "lab-keystore";
/** Stand for the ports and the folder in the prepared configuration. */
const PORTS = { plain: "10389", tls: "10636" };
const FOLDER = "/latchkey-apacheds";

interface Account {
  readonly dn: string;
  readonly password: string;
}

export interface ApacheDs extends LdapAdmin {
  /** ldaps://127.0.0.1:port */
  readonly url: string;
  readonly port: number;
  readonly caFile: string;
  readonly baseDn: string;
  /** The base that holds the users. */
  readonly peopleDn: string;
  /** Completes a DN that is relative to the suffix: `dn("ou=outside")`. */
  dn(relative: string): string;
  readonly syncAccount: Account;
  readonly writebackAccount: Account;
  readonly administrator: Account;
  stop(): Promise<void>;
}

/** Has ten users in ou=people; see `person` in openldap-people.ts. Its password policy locks after five wrong passwords, for good. */
export async function startApacheDs(): Promise<ApacheDs> {
  const template = await preparedFolder();
  const directory = await mkdtemp(join(tmpdir(), "lk-ads-"));
  try {
    await run("cp", ["-a", `${template}/.`, directory]);
    return await launch(directory);
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
}

async function launch(directory: string): Promise<ApacheDs> {
  const [port, plainPort] = [await freePort(), await freePort()];
  for (const file of await filesBelow(join(directory, "conf"))) {
    const text = await readFile(file, "utf8");
    const changed = text
      .replace(`ads-systemport: ${PORTS.plain}`, `ads-systemport: ${plainPort}`)
      .replace(`ads-systemport: ${PORTS.tls}`, `ads-systemport: ${port}`)
      .replaceAll(FOLDER, directory);
    if (changed !== text) await writeFile(file, changed);
  }
  const server = await startJava(directory, port);
  const admin = openLdapAdmin({
    url: `ldaps://127.0.0.1:${port}`,
    ca: await readFile(join(directory, "ca.pem")),
    administrator: ADMINISTRATOR,
    suffix: SUFFIX,
    idAttribute: "entryUUID",
  });
  return {
    ...admin,
    url: `ldaps://127.0.0.1:${port}`,
    port,
    caFile: join(directory, "ca.pem"),
    baseDn: SUFFIX,
    peopleDn: `ou=people,${SUFFIX}`,
    dn: (relative) => `${relative},${SUFFIX}`,
    syncAccount: SYNC_ACCOUNT,
    // Without access control, ApacheDS lets its administrator alone set the passwords of others.
    writebackAccount: ADMINISTRATOR,
    administrator: ADMINISTRATOR,
    async stop() {
      await admin.disconnect();
      await end(server, "SIGKILL");
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function end(server: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const gone = once(server, "exit");
  server.kill(signal);
  await gone;
}

async function startJava(directory: string, port: number): Promise<ChildProcess> {
  const child = spawn(
    "java",
    [
      "-Djava.awt.headless=true",
      "-Xmx256m",
      "-XX:+UseSerialGC",
      "-XX:TieredStopAtLevel=1", // starts sooner; nobody waits for its peak speed
      `-Dapacheds.controls=${CONTROLS.join(",")}`,
      `-Dapacheds.log.dir=${join(directory, "log")}`,
      `-Dlog4j.configuration=file:${join(directory, "log4j.properties")}`,
      "-cp",
      [`${LIBRARIES}/*`, ...MORE_LIBRARIES].join(":"),
      "org.apache.directory.server.UberjarMain",
      `${directory}/`,
    ],
    { stdio: "ignore" },
  );
  await untilAccepts(child, port, `ApacheDS in ${directory}`);
  return child;
}

const CODEC = "org.apache.directory.api.ldap";
const CONTROLS = [
  `${CODEC}.codec.controls.manageDsaIT.ManageDsaITFactory`,
  `${CODEC}.codec.controls.search.entryChange.EntryChangeFactory`,
  `${CODEC}.codec.controls.search.pagedSearch.PagedResultsFactory`,
  `${CODEC}.codec.controls.search.persistentSearch.PersistentSearchFactory`,
  `${CODEC}.codec.controls.search.subentries.SubentriesFactory`,
  `${CODEC}.extras.controls.ppolicy_impl.PasswordPolicyFactory`,
];

/** The first start unpacks the schema and takes much longer than all others; its result is kept, as in 389-ds.ts. */
async function preparedFolder(): Promise<string> {
  if (!existsSync(join(LIBRARIES, "apacheds-service.jar")) || !MORE_LIBRARIES.every(existsSync))
    throw new Error(MISSING);
  const hash = createHash("sha256").update(await readFile(CONFIG));
  for (const source of ["apacheds.ts", "openldap-people.ts"])
    hash.update(await readFile(join(import.meta.dirname, source)));
  const template = join(tmpdir(), `lk-ads-template-${hash.digest("hex").slice(0, 12)}`);
  if (existsSync(template)) return template;

  const building = await mkdtemp(join(tmpdir(), "lk-ads-build-"));
  try {
    await prepare(building);
    await rename(building, template).catch((error: unknown) => {
      if (!existsSync(template)) throw error;
    });
  } finally {
    await rm(building, { recursive: true, force: true });
  }
  return template;
}

async function prepare(directory: string): Promise<void> {
  const at = (...names: string[]): string => join(directory, ...names);
  for (const folder of ["conf", "log", "partitions", "run", "cache"]) await mkdir(at(folder));
  const authority = await createAuthority(directory);
  const { certFile, keyFile } = await authority.issue("server", ["127.0.0.1", "ldap.lab.test"]);
  await run(
    "openssl",
    ["pkcs12", "-export", "-name", "server", "-passout", `pass:${KEYSTORE_PASSWORD}`].concat([
      "-in",
      certFile,
      "-inkey",
      keyFile,
      "-out",
      at("server.p12"),
    ]),
  );
  await writeFile(at("log4j.properties"), "log4j.rootCategory=OFF\n");
  await copyFile(CONFIG, at("packaged.ldif"));

  const [port, plainPort] = [(await freePort()).toString(), (await freePort()).toString()];
  const context = `dn: ${SUFFIX}\ndc: lab\nobjectclass: domain\nobjectclass: top\n\n`;
  const config = (await readFile(at("packaged.ldif"), "utf8"))
    .replaceAll(/\n /g, "")
    .replaceAll("dc=example,dc=com", SUFFIX)
    .replace(/^ads-contextentry:: .*$/m, `ads-contextentry:: ${Buffer.from(context).toString("base64")}`)
    .replaceAll("ads-transportaddress: 0.0.0.0", "ads-transportaddress: 127.0.0.1")
    .replace(`ads-systemport: ${PORTS.plain}`, `ads-systemport: ${plainPort}`)
    .replace(`ads-systemport: ${PORTS.tls}`, `ads-systemport: ${port}`)
    .replace(
      /^ads-serverId: ldapServer$/m,
      `$&\nads-keystoreFile: ${at("server.p12")}\nads-certificatePassword: ${KEYSTORE_PASSWORD}`,
    );
  await rm(at("packaged.ldif"));
  await writeFile(at("conf", "config.ldif"), config);

  const server = await startJava(directory, Number(port));
  await fill(`ldaps://127.0.0.1:${port}`, await readFile(authority.caFile));
  await end(server, "SIGTERM");
  for (const file of await filesBelow(at("conf"))) {
    const text = await readFile(file, "utf8");
    const prepared = text
      .replaceAll(/\r?\n /g, "")
      .replace(`ads-systemport: ${port}`, `ads-systemport: ${PORTS.tls}`)
      .replace(`ads-systemport: ${plainPort}`, `ads-systemport: ${PORTS.plain}`)
      .replaceAll(directory, FOLDER);
    if (prepared !== text) await writeFile(file, prepared);
  }
}

async function fill(url: string, ca: Buffer): Promise<void> {
  const options = { url, ca, administrator: ADMINISTRATOR, suffix: SUFFIX, idAttribute: "entryUUID" };
  const admin = openLdapAdmin(options);
  const client = await admin.admin();
  for (const ou of ["people", "outside", "service", "groups"]) await admin.addUnit(`ou=${ou},${SUFFIX}`);
  await client.add(SYNC_ACCOUNT.dn, {
    objectClass: ["applicationProcess", "simpleSecurityObject"],
    cn: "svc-sync",
    userPassword: SYNC_ACCOUNT.password,
  });
  for (let index = 0; index < 10; index++) {
    const { name, dn, password, mobile } = person(index);
    await client.add(dn, {
      objectClass: "inetOrgPerson",
      uid: name,
      cn: `Person ${index}`,
      sn: index.toString(),
      displayName: `Person ${index}`,
      mail: `${name}@lab.test`,
      mobile,
      userPassword: password,
    });
  }
  await admin.disconnect();
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
