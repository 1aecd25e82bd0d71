/**
 * Installs what a command needs where it is missing, then runs the command:
 *
 *   node tools/require.js npm redis openldap -- node --import tsx demo/main.ts
 *
 * Runs before anything is installed, so it is plain JavaScript and uses nothing but Node itself. Missing Debian packages are
 * installed when this is root or has sudo without a password; otherwise one sentence says what to install.
 */
import { spawn, spawnSync } from "node:child_process";
import { chmodSync, existsSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, join } from "node:path";

const root = join(import.meta.dirname, "..");
const path = [process.env.PATH ?? "", "/usr/local/sbin", "/usr/sbin", "/sbin"].join(delimiter);

const onPath = (program) =>
  path.split(delimiter).some((folder) => folder !== "" && existsSync(join(folder, program)));

/** Program names; lab/chromium.ts looks for the same. */
const BROWSERS = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/** One of each package that ApacheDS needs. */
const JARS = [
  "apacheds-service",
  "apache-directory-api-all",
  "apacheds-jdbm1",
  "bcprov",
  "caffeine",
  "commons-lang",
  "commons-pool",
  "mavibot",
];

/** The requirements by name: how to tell that each is present, and the Debian packages that install it. */
const REQUIREMENTS = {
  redis: { present: () => onPath("redis-server"), packages: ["redis-server"] },
  openldap: {
    present: () => onPath("slapd") && onPath("ldapmodify") && onPath("openssl"),
    packages: ["slapd", "ldap-utils", "openssl"],
  },
  samba: {
    present: () =>
      onPath("samba") &&
      onPath("samba-tool") &&
      onPath("ldapmodify") &&
      existsSync("/usr/share/samba/setup/provision.ldif") &&
      hasVfsModules(),
    packages: [
      "samba",
      "samba-ad-provision",
      "samba-dsdb-modules",
      "samba-vfs-modules",
      "ldb-tools",
      "ldap-utils",
      "openssl",
    ],
  },
  "389-ds": {
    // certutil writes the certificate that the server uses.
    present: () => onPath("ns-slapd") && onPath("certutil") && onPath("pk12util") && onPath("openssl"),
    packages: ["389-ds-base", "libnss3-tools", "openssl"],
  },
  apacheds: {
    present: () =>
      JARS.every((jar) => existsSync(`/usr/share/java/${jar}.jar`)) && onPath("java") && onPath("openssl"),
    // Debian's apacheds does not depend on all that it needs.
    packages: [
      "apacheds",
      "default-jre-headless",
      "libapache-directory-api-java",
      "libapache-directory-jdbm-java",
      "libbcprov-java",
      "libcaffeine-java",
      "libcommons-lang-java",
      "libcommons-pool-java",
      "libmavibot-java",
      "openssl",
    ],
  },
  nginx: { present: () => onPath("nginx"), packages: ["nginx-light"] },
  chromium: { present: () => BROWSERS.some(onPath), packages: ["chromium"] },
};

function hasVfsModules() {
  const found = spawnSync("sh", ["-c", "ls /usr/lib/*/samba/vfs/acl_xattr.so"], { stdio: "ignore" });
  return found.status === 0;
}

function fail(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(2);
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19))
    fail(`Latchkey needs Node 20.19 or newer; this is ${process.versions.node}.`);
}

/** `npm install` writes its marker some moments before the lock file. */
const SAME_INSTALL_MS = 60_000;

/** The packages of package-lock.json, installed exactly when they are missing or older than the lock file. */
function requireNpmPackages() {
  const marker = join(root, "node_modules", ".package-lock.json");
  const lock = join(root, "package-lock.json");
  if (
    existsSync(marker) &&
    statSync(marker).mtimeMs + SAME_INSTALL_MS >= statSync(lock).mtimeMs &&
    esbuildWorks()
  )
    return;
  process.stdout.write("Installing the npm packages …\n");
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const done = spawnSync(npm, ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], {
    cwd: root,
    stdio: ["ignore", "ignore", "inherit"],
    shell: process.platform === "win32",
  });
  if (done.status !== 0)
    fail("npm ci failed: read the lines above, check that the npm registry can be reached, and try again.");
}

function esbuildWorks() {
  try {
    createRequire(join(root, "package.json")).resolve("tsx");
    return true;
  } catch {
    return false;
  }
}

function requirePackages(names) {
  const missing = [
    ...new Set(
      names.filter((name) => !REQUIREMENTS[name].present()).flatMap((name) => REQUIREMENTS[name].packages),
    ),
  ];
  if (missing.length === 0) return;
  const byHand = `apt-get install --no-install-recommends ${missing.join(" ")}`;
  if (!onPath("apt-get"))
    fail(`Install these first, by the names your system gives them: ${missing.join(", ")}.`);
  const sudo = process.getuid?.() === 0 ? [] : ["sudo", "-n"];
  if (sudo.length > 0 && spawnSync("sudo", ["-n", "true"], { stdio: "ignore" }).status !== 0)
    fail(`Run this first, then try again: sudo ${byHand}`);
  process.stdout.write(`Installing ${missing.join(", ")} …\n`);
  const apt = (...args) => {
    const [program, ...rest] = [...sudo, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", ...args];
    return spawnSync(program, rest, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  };
  withoutStartingServices(sudo, () => {
    apt("update");
    const done = apt("install", "-y", "--no-install-recommends", ...missing);
    if (done.status !== 0) {
      process.stderr.write(done.stderr.slice(-2000));
      fail(`apt-get failed: run this by hand to see why: ${byHand}`);
    }
  });
}

/** Keeps the packages from starting their own servers. The commands start what they need, on their own ports. */
function withoutStartingServices(sudo, work) {
  const policy = "/usr/sbin/policy-rc.d";
  if (sudo.length > 0 || existsSync(policy)) {
    work();
    return;
  }
  writeFileSync(policy, "#!/bin/sh\nexit 101\n");
  chmodSync(policy, 0o755);
  try {
    work();
  } finally {
    rmSync(policy, { force: true });
  }
}

const split = process.argv.indexOf("--");
const wanted = process.argv.slice(2, split === -1 ? undefined : split);
const command = split === -1 ? [] : process.argv.slice(split + 1);

checkNode();
/** `--directory samba-ad` or `--directory 389-ds` on the command asks for that server as well. */
for (const [directory, requirement] of [
  ["samba-ad", "samba"],
  ["389-ds", "389-ds"],
])
  if (command.includes(directory) || command.includes(`--directory=${directory}`)) wanted.push(requirement);
const unknown = wanted.filter((name) => name !== "npm" && !(name in REQUIREMENTS));
if (unknown.length > 0)
  fail(`tools/require.js knows npm, ${Object.keys(REQUIREMENTS).join(", ")}; not ${unknown.join(", ")}.`);
if (wanted.includes("npm")) requireNpmPackages();
requirePackages(wanted.filter((name) => name !== "npm"));

if (command.length > 0) {
  const [program = "", ...args] = command;
  const executable = program === "node" ? process.execPath : program;
  const child = spawn(executable, args, { cwd: root, stdio: "inherit", env: { ...process.env, PATH: path } });
  // A signal may reach this process alone (kill, npm, a supervisor). It is passed on, and this process outlives the command,
  // which needs the time to stop its servers. After Ctrl-C the command gets SIGINT twice: from the terminal and from here.
  const signals = ["SIGTERM", "SIGINT", "SIGHUP"];
  for (const signal of signals) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => fail(`${program} cannot be started: ${error.message}.`));
  child.on("exit", (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    for (const name of signals) process.removeAllListeners(name);
    process.kill(process.pid, signal);
  });
}
