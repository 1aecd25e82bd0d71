/** Starts a real Active Directory domain controller (Samba) with users on its own loopback address in a second; LDAP service only. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { createHash, randomInt } from "node:crypto";
import { once } from "node:events";
import { access, mkdir, mkdtemp, open, readFile, rename, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { freeze } from "./freeze.ts";
import { openSambaAdAdmin, type SambaAdAdmin } from "./samba-ad-admin.ts";
import {
  ADMINISTRATOR_PASSWORD,
  planSambaAd,
  type SambaAdPlan,
  SERVICE_PASSWORD,
} from "./samba-ad-people.ts";
import { createAuthority, type ServerCertificateFiles } from "./tls.ts";

const run = promisify(execFile);
const DOMAIN = "lab.test";
const SEED_SCRIPT = join(import.meta.dirname, "samba-ad-seed.py");
const START_DEADLINE_MS = 30_000;

export interface SambaAdOptions {
  /** DNS name of the domain. Servers with the same one, `lab.test` by default, are copies of one domain, with the same SID. */
  readonly domain?: string;
  /** Number of users in Staff; see `staffMember`. */
  readonly people?: number;
  /** Number of users with a password. */
  readonly withPassword?: number;
}

export interface SambaAd extends SambaAdAdmin {
  /** ldaps://127.x.y.z; the certificate is for this address and for dc1 in the domain. */
  readonly url: string;
  readonly address: string;
  readonly caFile: string;
  readonly baseDn: string;
  /** The base that holds the staff. */
  readonly peopleDn: string;
  /** Completes a DN that is relative to the domain: `dn("OU=Staff")`. */
  dn(relative: string): string;
  readonly syncAccount: { readonly dn: string; readonly password: string };
  readonly writebackAccount: { readonly dn: string; readonly password: string };
  readonly administrator: { readonly dn: string; readonly password: string };
  /** Signals the server process. */
  signal(name: NodeJS.Signals): void;
  /** Stops the server from answering while its connections stay open. `signal("SIGCONT")` resumes it. */
  freeze(): Promise<void>;
  /** Sends SIGKILL and waits until the process is gone. */
  kill(): Promise<void>;
  /** Starts it again on the same address and data. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Needs root: the ports of Active Directory are below 1024 and Samba cannot use others. */
export async function startSambaAd(options: SambaAdOptions = {}): Promise<SambaAd> {
  if (process.getuid?.() !== 0)
    throw new Error("Samba AD needs root, its ports are fixed: run this as root or with sudo");
  const { domain = DOMAIN, people = 40, withPassword = 40 } = options;
  const template = await provisionedTemplate(domain, planSambaAd(people, withPassword));
  const directory = await mkdtemp(join(tmpdir(), "lk-ad-")); // short: its unix sockets live here
  const address = await freeAddress();
  await run("cp", ["-a", "--sparse=always", `${template}/.`, directory]);
  const authority = await createAuthority(directory);
  const certificate = await authority.issue("server", [`dc1.${domain}`, address]);
  const tls = { caFile: authority.caFile, ...certificate };
  await writeFile(join(directory, "smb.conf"), smbConf(domain, directory, `${address}/8`, tls));

  let server = await launch(directory, address);
  const url = `ldaps://${address}`;
  const baseDn = domain
    .split(".")
    .map((part) => `DC=${part}`)
    .join(",");
  const { caFile } = authority;
  const administrator = { dn: `Administrator@${domain}`, password: ADMINISTRATOR_PASSWORD };
  const admin = openSambaAdAdmin({
    url,
    baseDn,
    realm: domain,
    ca: await readFile(caFile),
    administrator,
  });

  const end = async (name: NodeJS.Signals): Promise<void> => {
    await admin.disconnect();
    if (server.exitCode !== null || server.signalCode !== null) return;
    const gone = once(server, "exit");
    signalGroup(server, name);
    await gone;
  };
  return {
    ...admin,
    url,
    address,
    caFile,
    baseDn,
    peopleDn: `OU=Staff,${baseDn}`,
    administrator,
    dn: (relative) => `${relative},${baseDn}`,
    syncAccount: { dn: `svc-sync@${domain}`, password: SERVICE_PASSWORD },
    writebackAccount: { dn: `svc-writeback@${domain}`, password: SERVICE_PASSWORD },
    signal: (name) => signalGroup(server, name),
    freeze: () => freeze(-(server.pid ?? NaN)),
    kill: () => end("SIGKILL"),
    async restart() {
      await end("SIGKILL");
      server = await launch(directory, address);
    },
    async stop() {
      await end("SIGKILL");
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Samba forks a process per service; all of them are in one group of their own. */
function signalGroup(server: ChildProcess, name: NodeJS.Signals): void {
  if (server.pid !== undefined && server.exitCode === null && server.signalCode === null)
    process.kill(-server.pid, name);
}

/**
 * Provisioning takes ten seconds and copying its result half a second, so the result is kept in the temporary directory under a
 * name made from everything it depends on. It appears there by a rename: of two runs that make it at once, one wins.
 */
async function provisionedTemplate(domain: string, plan: SambaAdPlan): Promise<string> {
  const key = createHash("sha256")
    .update(JSON.stringify([await sambaVersion(), plan]))
    .update(await readFile(SEED_SCRIPT))
    .update(provisionArguments(domain, "").join("\n"))
    .digest("hex")
    .slice(0, 12);
  const template = join(tmpdir(), `lk-ad-template-${key}`);
  if (await exists(template)) return template;

  const building = await mkdtemp(join(tmpdir(), "lk-ad-build-"));
  try {
    await run("samba-tool", provisionArguments(domain, building));
    await writeFile(join(building, "smb.conf"), smbConf(domain, building, "127.0.0.1/8"));
    for (const name of ["run", "ncalrpc", "winbindd", "ntp"]) await mkdir(join(building, name));
    await seed({
      ...plan,
      conf: join(building, "smb.conf"),
      database: join(building, "private", "sam.ldb"),
    });
    await rename(building, template).catch(async (error: unknown) => {
      if (!(await exists(template))) throw error;
    });
  } finally {
    await rm(building, { recursive: true, force: true });
  }
  return template;
}

async function sambaVersion(): Promise<string> {
  try {
    return (await run("samba", ["--version"])).stdout;
  } catch (error) {
    throw new Error(
      "Samba is missing: apt-get install samba samba-ad-provision samba-dsdb-modules samba-vfs-modules",
      { cause: error },
    );
  }
}

const workgroupOf = (domain: string): string => domain.split(".")[0]?.toUpperCase() ?? "";

const provisionArguments = (domain: string, directory: string): string[] => [
  "domain",
  "provision",
  `--targetdir=${directory}`,
  `--realm=${domain.toUpperCase()}`,
  `--domain=${workgroupOf(domain)}`,
  "--host-name=dc1",
  "--host-ip=127.0.0.1",
  "--server-role=dc",
  "--dns-backend=NONE",
  `--adminpass=${ADMINISTRATOR_PASSWORD}`,
  "--option=interfaces=127.0.0.1/8",
  "--option=bind interfaces only=yes",
];

interface TlsFiles extends ServerCertificateFiles {
  readonly caFile: string;
}

const smbConf = (domain: string, directory: string, interfaces: string, tls?: TlsFiles): string => `[global]
  netbios name = DC1
  realm = ${domain.toUpperCase()}
  workgroup = ${workgroupOf(domain)}
  server role = active directory domain controller
  server services = ldap
  dcerpc endpoint servers =
  interfaces = ${interfaces}
  bind interfaces only = yes
  private dir = ${directory}/private
  state directory = ${directory}/state
  cache directory = ${directory}/cache
  lock directory = ${directory}
  pid directory = ${directory}/run
  ncalrpc dir = ${directory}/ncalrpc
  binddns dir = ${directory}/bind-dns
  winbindd socket directory = ${directory}/winbindd
  ntp signd socket directory = ${directory}/ntp
  log file = ${directory}/samba.log
  logging = file
  log level = 1
  ldap server require strong auth = allow_sasl_over_tls
  # Otherwise a bind with the old password goes on working for an hour, and proves nothing.
  old password allowed period = 0
${
  tls === undefined
    ? "  tls enabled = no"
    : `  tls enabled = yes
  tls keyfile = ${tls.keyFile}
  tls certfile = ${tls.certFile}
  tls cafile = ${tls.caFile}`
}
`;

async function seed(plan: object): Promise<void> {
  const child = spawn("/usr/bin/python3", [SEED_SCRIPT], { stdio: ["pipe", "ignore", "pipe"] });
  let complaints = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (complaints += text));
  child.stdin.end(JSON.stringify(plan));
  await once(child, "close");
  if (child.exitCode !== 0) throw new Error(`the directory could not be filled: ${complaints.slice(-2000)}`);
}

/** Picks one of sixteen million addresses, so that two servers started at once do not collide. */
async function freeAddress(): Promise<string> {
  for (;;) {
    const address = `127.${randomInt(1, 255)}.${randomInt(0, 256)}.${randomInt(1, 255)}`;
    if (!(await answers(address))) return address;
  }
}

function answers(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port: 636 });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

async function launch(directory: string, address: string): Promise<ChildProcess> {
  const output = await open(join(directory, "out.log"), "a");
  const child = spawn(
    "samba",
    ["-F", "--no-process-group", "-M", "single", "-s", join(directory, "smb.conf")],
    {
      stdio: ["ignore", output.fd, output.fd],
      detached: true, // a process group of its own, to be signalled as one
    },
  );
  try {
    const deadline = performance.now() + START_DEADLINE_MS;
    while (!(await answers(address))) {
      if (child.exitCode !== null || performance.now() > deadline)
        throw new Error(`samba did not come up; see ${directory}/samba.log and out.log`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  } finally {
    await output.close();
  }
  return child;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
