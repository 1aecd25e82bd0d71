/** Starts a real OpenLDAP server with users on free loopback ports in half a second. It runs as the current user. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, existsSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { freePort } from "./free-port.ts";
import { freeze } from "./freeze.ts";
import { type LdapAdmin, openLdapAdmin } from "./ldap-admin.ts";
import {
  ADMINISTRATOR,
  ldif,
  type SlapdConf,
  slapdConf,
  SUFFIX,
  SYNC_ACCOUNT,
  WRITEBACK_ACCOUNT,
} from "./openldap-people.ts";
import { type Authority, createAuthority } from "./tls.ts";
import { untilAccepts } from "./until-accepts.ts";

const run = promisify(execFile);
const MISSING = "slapd is missing: apt-get install slapd ldap-utils";

export interface OpenLdapOptions {
  /** Number of users in ou=people, 50 when left out; see `person`. */
  readonly people?: number;
  /** Number of users with a password, 40 when left out. */
  readonly withPassword?: number;
  readonly sync?: SlapdConf["sync"];
  /** Whether slapd keeps `memberOf`. Off when left out. */
  readonly memberOf?: boolean;
  /** Whether slapd notes each user's last sign-in. Off when left out. */
  readonly lastBind?: boolean;
  /** Whether slapd asks for a client certificate, "try" when left out. */
  readonly verifyClient?: SlapdConf["verifyClient"];
  /** The limits of the sync account, `size=unlimited time=unlimited` when left out. */
  readonly limits?: string;
  /** Whether the accounts may only search through the suffix entry, and not read it. Off when left out. */
  readonly hidesSuffix?: boolean;
  /** Names in its certificate; 127.0.0.1 and ldap.lab.test when left out. */
  readonly certificateNames?: readonly string[];
}

export interface OpenLdap extends LdapAdmin {
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
  readonly syncAccount: { readonly dn: string; readonly password: string };
  readonly writebackAccount: { readonly dn: string; readonly password: string };
  readonly administrator: { readonly dn: string; readonly password: string };
  /** Issues the certificate of a TLS client. slapd maps `svc-…` in the unit "machines" to the service account of that name. */
  issueClient: Authority["issueClient"];
  /** Signals the server process. */
  signal(name: NodeJS.Signals): void;
  /** Stops the server from answering while its connections stay open. `signal("SIGCONT")` resumes it. */
  freeze(): Promise<void>;
  /** Sends SIGKILL and waits until the process is gone. */
  kill(): Promise<void>;
  /** Stops it if it runs, and starts it again on the same ports and data. */
  restart(): Promise<void>;
  /** Adds entries with slapadd while the server is down, as a restore does: they keep the stamps that the LDIF gives them. */
  addOffline(ldif: string): Promise<void>;
  stop(): Promise<void>;
}

export async function startOpenLdap(options: OpenLdapOptions = {}): Promise<OpenLdap> {
  const directory = await mkdtemp(join(tmpdir(), "latchkey-slapd-"));
  try {
    return await start(directory, options);
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
}

async function start(directory: string, options: OpenLdapOptions): Promise<OpenLdap> {
  const slapd = await findSlapd(directory);
  const authority = await createAuthority(directory);
  const names = options.certificateNames ?? ["ldap.lab.test", "127.0.0.1"];
  const certificate = await authority.issue("server", names);
  const conf = join(directory, "slapd.conf");
  const { sync = "accesslog", memberOf = false, limits = "size=unlimited time=unlimited" } = options;
  const { verifyClient = "try", lastBind = false, hidesSuffix = false } = options;
  await writeFile(
    conf,
    slapdConf({
      directory,
      caFile: authority.caFile,
      ...certificate,
      sync,
      memberOf,
      lastBind,
      limits,
      verifyClient,
      hidesSuffix,
    }),
    {
      mode: 0o600,
    },
  );
  await load(slapd, directory, conf, options);

  const [port, plainPort] = [await freePort(), await freePort()];
  const url = `ldaps://127.0.0.1:${port}`;
  const plainUrl = `ldap://127.0.0.1:${plainPort}`;
  const launch = (): Promise<ChildProcess> => launchSlapd(slapd, conf, [plainUrl, url], port);
  let server = await launch();
  const admin = openLdapAdmin({
    url,
    ca: await readFile(authority.caFile),
    administrator: ADMINISTRATOR,
    suffix: SUFFIX,
    idAttribute: "entryUUID",
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
    plainUrl,
    port,
    plainPort,
    caFile: authority.caFile,
    baseDn: SUFFIX,
    peopleDn: `ou=people,${SUFFIX}`,
    dn: (relative) => `${relative},${SUFFIX}`,
    syncAccount: SYNC_ACCOUNT,
    writebackAccount: WRITEBACK_ACCOUNT,
    administrator: ADMINISTRATOR,
    issueClient: (name, options) => authority.issueClient(name, options),
    signal: (name) => server.kill(name),
    freeze: () => freeze(server.pid ?? NaN),
    kill: () => end("SIGKILL"),
    async restart() {
      await end("SIGTERM");
      server = await launch();
    },
    async addOffline(text) {
      await end("SIGTERM");
      const file = join(directory, "offline.ldif");
      await writeFile(file, text);
      await run(slapd, ["-T", "add", "-q", "-f", conf, "-b", SUFFIX, "-l", file]);
      server = await launch();
    },
    async stop() {
      await end("SIGKILL");
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Ubuntu confines /usr/sbin/slapd by AppArmor to the system's own folders; a copy is not confined. */
async function findSlapd(directory: string): Promise<string> {
  const installed = ["/usr/sbin/slapd", "/usr/local/sbin/slapd", "/usr/local/libexec/slapd"].find(existsSync);
  if (installed === undefined) throw new Error(MISSING);
  if (!existsSync("/etc/apparmor.d/usr.sbin.slapd")) return installed;
  const copy = join(directory, "slapd");
  await copyFile(installed, copy);
  return copy;
}

/** Loads offline and without transactions: 100,000 users in two seconds. */
async function load(slapd: string, directory: string, conf: string, options: OpenLdapOptions): Promise<void> {
  await mkdir(join(directory, "db"));
  await mkdir(join(directory, "log"));
  const file = join(directory, "people.ldif");
  await pipeline(
    Readable.from(ldif(options.people ?? 50, options.withPassword ?? 40)),
    createWriteStream(file),
  );
  await run(slapd, ["-T", "add", "-q", "-f", conf, "-b", SUFFIX, "-l", file]);
  await rm(file);
}

async function launchSlapd(
  slapd: string,
  conf: string,
  urls: readonly string[],
  port: number,
): Promise<ChildProcess> {
  const child = spawn(slapd, ["-f", conf, "-h", urls.join(" "), "-d", "0"], { stdio: "ignore" });
  await untilAccepts(child, port, `slapd with ${conf}`);
  return child;
}
