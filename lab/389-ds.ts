/**
 * Starts a real 389 Directory Server with users on free loopback ports in about a second. It runs as the current user, from a
 * folder of its own: nothing is written to /etc/dirsrv or /var/lib/dirsrv.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createWriteStream, existsSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import {
  CHANGELOG_ACI,
  ds389Ldif,
  type Ds389Plan,
  type Ds389Sync,
  dseLdif,
  PASSWORD_ADMINISTRATOR,
  settings,
} from "./389-ds-people.ts";
import { freePort } from "./free-port.ts";
import { freeze } from "./freeze.ts";
import { type LdapAdmin, openLdapAdmin } from "./ldap-admin.ts";
import { ADMINISTRATOR, SUFFIX, SYNC_ACCOUNT, WRITEBACK_ACCOUNT } from "./openldap-people.ts";
import { type Authority, authorityIn, createAuthority } from "./tls.ts";
import { untilAccepts } from "./until-accepts.ts";

const run = promisify(execFile);
const SERVER = "/usr/sbin/ns-slapd";
const TEMPLATES = "/usr/share/dirsrv/data";
const MISSING = "389 Directory Server is missing: apt-get install 389-ds-base libnss3-tools";
/** Sources that the prepared folder depends on. */
const OWN_SOURCES = ["389-ds.ts", "389-ds-people.ts", "openldap-people.ts"];
/** Searches the whole server for the entry with the certificate's common name. */
const CERTIFICATE_MAP = "certmap default default\ndefault:DNComps\ndefault:FilterComps cn\n";
/** Stands for the server's folder and its ports in the prepared dse.ldif. */
const FOLDER = "/latchkey-389-ds";
const PORTS = { port: "38901", plainPort: "38902" };

export interface Ds389Options {
  /** Number of users in ou=people, 50 when left out; see `person` in openldap-people.ts. */
  readonly people?: number;
  /** Number of users with a password, 40 when left out. */
  readonly withPassword?: number;
  /** "changelog" when left out. */
  readonly sync?: Ds389Sync;
  /** Whether the server keeps `memberOf`. Off when left out. */
  readonly memberOf?: boolean;
}

interface Account {
  readonly dn: string;
  readonly password: string;
}

export interface Ds389 extends LdapAdmin {
  /** ldaps://127.0.0.1:port */
  readonly url: string;
  /** ldap://127.0.0.1:port, for StartTLS; a bind without it is refused. */
  readonly plainUrl: string;
  readonly port: number;
  readonly plainPort: number;
  readonly caFile: string;
  readonly baseDn: string;
  /** The base that holds the users. */
  readonly peopleDn: string;
  /** Completes a DN that is relative to the suffix: `dn("ou=outside")`. */
  dn(relative: string): string;
  readonly syncAccount: Account;
  /** Writes by access rules (ACIs); the password policy applies to what it writes. */
  readonly writebackAccount: Account;
  /** Writes as a password administrator (`passwordAdminDN`), past the password policy. */
  readonly passwordAdministrator: Account;
  readonly administrator: Account;
  /** Issues the certificate of a TLS client. The server maps it to the account below the suffix that has its common name. */
  issueClient: Authority["issueClient"];
  /** Locks an account by wrong passwords. */
  lock(dn: string): Promise<void>;
  /** Signals the server process. */
  signal(name: NodeJS.Signals): void;
  /** Stops the server from answering while its connections stay open. `signal("SIGCONT")` resumes it. */
  freeze(): Promise<void>;
  /** Sends SIGKILL and waits until the process is gone. */
  kill(): Promise<void>;
  /** Stops it if it runs, and starts it again on the same ports and data. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export async function start389Ds(options: Ds389Options = {}): Promise<Ds389> {
  const { people = 50, withPassword = 40, sync = "changelog", memberOf = false } = options;
  const template = await preparedFolder({ people, withPassword, sync, memberOf });
  const directory = await mkdtemp(join(tmpdir(), "lk-389-"));
  try {
    return await startIn(directory, template);
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
}

async function startIn(directory: string, template: string): Promise<Ds389> {
  await run("cp", ["-a", "--sparse=always", `${template}/.`, directory]);
  const [port, plainPort] = [await freePort(), await freePort()];
  const dse = join(directory, "config", "dse.ldif");
  const prepared = (await readFile(dse, "utf8"))
    .replaceAll(/\n /g, "") // a folder's name may be folded over two lines
    .replaceAll(FOLDER, directory)
    .replace(PORTS.port, port.toString())
    .replace(PORTS.plainPort, plainPort.toString());
  await writeFile(dse, prepared, { mode: 0o600 });

  const url = `ldaps://127.0.0.1:${port}`;
  const caFile = join(directory, "ca.pem");
  const launch = async (): Promise<ChildProcess> => {
    const child = spawn(SERVER, ["-D", join(directory, "config"), "-d", "0"], { stdio: "ignore" });
    await untilAccepts(child, port, `ns-slapd in ${directory}`);
    return child;
  };
  let server = await launch();
  const admin = openLdapAdmin({
    url,
    ca: await readFile(caFile),
    administrator: ADMINISTRATOR,
    suffix: SUFFIX,
    idAttribute: "nsUniqueId",
  });
  const end = async (name: NodeJS.Signals): Promise<void> => {
    await admin.disconnect();
    if (server.exitCode !== null || server.signalCode !== null) return;
    const gone = once(server, "exit");
    server.kill("SIGCONT"); // a frozen process takes no SIGTERM
    server.kill(name);
    await gone;
  };
  return {
    ...admin,
    url,
    plainUrl: `ldap://127.0.0.1:${plainPort}`,
    port,
    plainPort,
    caFile,
    baseDn: SUFFIX,
    peopleDn: `ou=people,${SUFFIX}`,
    dn: (relative) => `${relative},${SUFFIX}`,
    syncAccount: SYNC_ACCOUNT,
    writebackAccount: WRITEBACK_ACCOUNT,
    passwordAdministrator: PASSWORD_ADMINISTRATOR,
    administrator: ADMINISTRATOR,
    issueClient: (name, options) => authorityIn(directory).issueClient(name, options),
    async lock(dn) {
      for (let tries = 0; tries < 5; tries++) await admin.tryPassword(dn, "Not-my-Passw0rd!");
    },
    signal: (name) => server.kill(name),
    freeze: () => freeze(server.pid ?? NaN),
    kill: () => end("SIGKILL"),
    async restart() {
      await end("SIGTERM");
      server = await launch();
    },
    async stop() {
      await end("SIGKILL");
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/**
 * Making a server takes some seconds and copying one a tenth of a second, so the result is kept in the temporary directory under
 * a name made from everything it depends on. It appears there by a rename: of two runs that make it at once, one wins.
 */
async function preparedFolder(plan: Ds389Plan): Promise<string> {
  if (!existsSync(SERVER)) throw new Error(MISSING);
  const hash = createHash("sha256").update(JSON.stringify([plan, userInfo().username]));
  const { size, mtimeMs } = await stat(SERVER); // "ns-slapd -v" prints its version and fails
  hash.update(`${size}/${mtimeMs}`);
  for (const source of OWN_SOURCES) hash.update(await readFile(join(import.meta.dirname, source)));
  const template = join(tmpdir(), `lk-389-template-${hash.digest("hex").slice(0, 12)}`);
  if (existsSync(template)) return template;

  const building = await mkdtemp(join(tmpdir(), "lk-389-build-"));
  try {
    await prepare(building, plan);
    await rename(building, template).catch((error: unknown) => {
      if (!existsSync(template)) throw error;
    });
  } finally {
    await rm(building, { recursive: true, force: true });
  }
  return template;
}

async function prepare(directory: string, plan: Ds389Plan): Promise<void> {
  const at = (...names: string[]): string => join(directory, ...names);
  const folders = ["config/schema", "db", "log", "run", "lock", "tmp", "ldif", "bak", "inst"];
  for (const folder of folders) await mkdir(at(folder), { recursive: true });
  await copyFile("/etc/dirsrv/schema/99user.ldif", at("config", "schema", "99user.ldif"));
  await makeCertificates(directory);
  await writeFile(at("config", "certmap.conf"), CERTIFICATE_MAP);

  const names = ["template-dse.ldif", "template-sasl.ldif", "template-suffix-db.ldif"];
  const templates = await Promise.all(names.map((name) => readFile(join(TEMPLATES, name), "utf8")));
  const [port, plainPort] = [(await freePort()).toString(), (await freePort()).toString()];
  const changes = settings(plan, userInfo().username);
  const dse = dseLdif(
    templates.join("\n"),
    {
      schema_dir: at("config", "schema"),
      lock_dir: at("lock"),
      tmp_dir: at("tmp"),
      cert_dir: at("config"),
      ldif_dir: at("ldif"),
      bak_dir: at("bak"),
      run_dir: at("run"),
      inst_dir: at("inst"),
      log_dir: at("log"),
      db_dir: at("db"),
      db_home_dir: at("db"),
      db_lib: "bdb",
      config_dir: "/etc/dirsrv/config",
      ldapi: at("run", "ldapi"),
      ldapi_enabled: "off",
      ldapi_autobind: "off",
      fqdn: "localhost",
      ds_user: userInfo().username,
      ds_passwd: "",
      ds_suffix: SUFFIX,
      ds_bename: "userRoot",
      ds_port: plainPort,
      rootdn: ADMINISTRATOR.dn,
    },
    { ...changes, "cn=config": { ...changes["cn=config"], "nsslapd-securePort": port } },
  );
  await writeFile(at("config", "dse.ldif"), dse, { mode: 0o600 });

  const people = at("ldif", "people.ldif");
  await pipeline(Readable.from(ds389Ldif(plan)), createWriteStream(people));
  await run(SERVER, ["ldif2db", "-D", at("config"), "-n", "userRoot", "-i", people]);
  await rm(people);

  // The first start makes what is missing, the changelog's database among it. Every copy is spared that.
  const child = spawn(SERVER, ["-D", at("config"), "-d", "0"], { stdio: "ignore" });
  const gone = once(child, "exit");
  await untilAccepts(child, Number(port), `ns-slapd in ${directory}`);
  if (plan.sync === "changelog") await allowChangelog(directory, port);
  child.kill("SIGTERM");
  await gone;

  await rm(at("log", "errors"), { force: true });
  for (const name of await readdir(at("config")))
    if (name.startsWith("dse.ldif.")) await rm(at("config", name));
  const written = (await readFile(at("config", "dse.ldif"), "utf8"))
    .replaceAll(/\n /g, "")
    .replaceAll(directory, FOLDER)
    .replace(/^nsslapd-secureport: .*$/im, `nsslapd-securePort: ${PORTS.port}`)
    .replace(/^nsslapd-port: .*$/im, `nsslapd-port: ${PORTS.plainPort}`);
  await writeFile(at("config", "dse.ldif"), written, { mode: 0o600 });
}

/** The plugin makes the changelog's suffix at the first start, so its ACI cannot be imported. */
async function allowChangelog(directory: string, port: string): Promise<void> {
  const admin = openLdapAdmin({
    url: `ldaps://127.0.0.1:${port}`,
    ca: await readFile(join(directory, "ca.pem")),
    administrator: ADMINISTRATOR,
    suffix: SUFFIX,
    idAttribute: "nsUniqueId",
  });
  await admin.set("cn=changelog", { aci: CHANGELOG_ACI });
  await admin.disconnect();
}

/** The server reads certificate and key from an NSS database. */
async function makeCertificates(directory: string): Promise<void> {
  const authority = await createAuthority(directory);
  const { certFile, keyFile } = await authority.issue("server", ["127.0.0.1", "ldap.lab.test"]);
  const config = join(directory, "config");
  const bundle = join(directory, "server.p12");
  const passwordFile = join(config, "pwdfile.txt");
  await writeFile(passwordFile, "lab-nss\n", { mode: 0o600 });
  await writeFile(join(config, "pin.txt"), "Internal (Software) Token:lab-nss\n", { mode: 0o600 });
  const database = ["-d", config, "-f", passwordFile];
  await run("certutil", ["-N", ...database]);
  await run("certutil", ["-A", ...database, "-n", "ca", "-t", "CT,,", "-a", "-i", authority.caFile]);
  await run(
    "openssl",
    ["pkcs12", "-export", "-name", "Server-Cert", "-passout", "pass:lab-nss"].concat([
      "-in",
      certFile,
      "-inkey",
      keyFile,
      "-out",
      bundle,
    ]),
  );
  await run("pk12util", ["-i", bundle, "-d", config, "-k", passwordFile, "-W", "lab-nss"]);
  await rm(bundle);
}
