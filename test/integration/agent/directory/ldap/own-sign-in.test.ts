import { copyFile, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect } from "chai";
import type { Check, Directory } from "../../../../../agent/directory/directory.ts";
import { toGeneralizedTime } from "../../../../../agent/directory/ldap/generalized-time.ts";
import { SessionPool } from "../../../../../agent/directory/ldap/session-pool.ts";
import { type OpenLdap, startOpenLdap } from "../../../../../lab/openldap.ts";
import { type ClientFiles } from "../../../../../lab/tls.ts";
import { systemClock } from "../../../../../shared/clock.ts";
import { DAY_MS } from "../../../../../shared/durations.ts";
import { silentLogger } from "../../../../../shared/logger.ts";
import { Secret } from "../../../../../shared/secret.ts";
import { shared389Ds } from "../../../../support/389-ds.ts";
import {
  collectFeed,
  directoryConfig,
  openDirectory,
  type TestDirectoryOptions,
} from "../../../../support/directory.ts";
import { rejection } from "../../../../support/rejection.ts";

describe("accounts of the agent that sign in by client certificate, on OpenLDAP", () => {
  let server: OpenLdap;
  let sync: ClientFiles;
  let writeback: ClientFiles;
  const opened: { close(): Promise<void> }[] = [];
  before(async () => {
    server = await startOpenLdap({ people: 5 });
    sync = await server.issueClient("svc-sync");
    writeback = await server.issueClient("svc-writeback");
  });
  afterEach(async () => {
    for (const one of opened.splice(0)) await one.close();
  });
  after(() => server.stop());

  const options = (more: Readonly<Record<string, unknown>> = {}) => ({
    server,
    bases: [server.peopleDn],
    directory: { bind: sync, writebackBind: writeback, ...more },
  });
  const open = async (more?: Readonly<Record<string, unknown>>): Promise<Directory> => {
    const directory = await openDirectory(options(more));
    opened.push(directory);
    return directory;
  };
  const openPool = (more?: Readonly<Record<string, unknown>>): SessionPool => {
    const { directory: config } = directoryConfig(options(more));
    const pool = new SessionPool({ config, log: silentLogger, clock: systemClock });
    opened.push(pool);
    return pool;
  };
  const examine = async (directory: Directory): Promise<ReadonlyMap<string, Check>> => {
    const checks = new Map<string, Check>();
    for await (const check of directory.check("p00003")) checks.set(check.name, check);
    return checks;
  };
  const lookUp = (pool: SessionPool): Promise<string> =>
    pool.use("read", () => Promise.resolve(pool.nameOf("read")));
  const renew = async (files: ClientFiles, by: ClientFiles): Promise<void> => {
    for (const key of ["certificateFile", "keyFile"] as const) {
      await copyFile(by[key], `${files[key]}.new`);
      await rename(`${files[key]}.new`, files[key]);
    }
  };

  for (const [how, more] of [
    ["ldaps", () => ({})],
    ["StartTLS", () => ({ servers: [server.plainUrl], startTls: true })],
  ] as const)
    it(`sync, reset and check a user's password over ${how}`, async () => {
      const directory = await open(more());
      expect((await collectFeed(directory, null)).ids).to.have.length(5);
      const userId = await server.idOf("p00001");
      const newPassword = new Secret(`Another-Passw0rd-${how}`);
      const order = { operation: "reset", userId, newPassword, mustChange: false, unlock: false } as const;

      const verdict = await directory.applyPassword(order, () => Promise.resolve());

      expect(verdict).to.include({ state: "applied", passwordSet: true });
      expect(await directory.checkSignIn(userId, newPassword)).to.include({ ok: true });
      expect(await directory.checkSignIn(userId, new Secret("wrong"))).to.deep.equal({
        ok: false,
        reason: "wrong",
      });
    });

  it("are known by the identity that the server gives, in doctor, in printed rights and as the agent's own", async () => {
    const directory = await open();
    const checks = await examine(directory);

    expect(checks.get("sign-in")).to.include({ status: "pass" });
    expect(checks.get("sign-in")?.detail).to.include(`accepts ${server.syncAccount.dn}; its certificate`);
    expect(checks.get("writeback sign-in")?.detail).to.include(`accepts ${server.writebackAccount.dn}`);
    expect(directory.permissionCommands().join("\n")).to.include(
      `by dn.exact="${server.syncAccount.dn}" read`,
    );
    const own = [...checks.values()].find(({ detail }) => detail.includes("the server knows the agent as"));
    expect(own?.detail).to.include(server.syncAccount.dn).and.include(server.writebackAccount.dn);
  });

  it("take a renewed certificate for each new connection, also that of another account", async () => {
    const files = await server.issueClient("svc-renewed", { unit: "people" });
    await renew(files, sync);
    const pool = openPool({ bind: files });
    expect(await lookUp(pool)).to.equal(server.syncAccount.dn);

    await renew(files, writeback);
    const held = await pool.open("read"); // takes the idle connection of before
    expect(await lookUp(pool)).to.equal(server.writebackAccount.dn);
    held.close();
  });

  it("say of a broken new file what is wrong with it until it is mended, while open connections go on", async () => {
    const files = await server.issueClient("svc-broken", { unit: "people" });
    await renew(files, sync);
    const pool = openPool({ bind: files });
    const stream = await pool.open("read");

    await writeFile(files.certificateFile, "");
    for (let turn = 0; turn < 2; turn += 1) {
      const error = await rejection(lookUp(pool));
      expect(error.code).to.equal("DIRECTORY_CLIENT_CERTIFICATE");
      expect(error.message).to.equal(`directory.bind.certificateFile: ${files.certificateFile} is empty.`);
    }
    expect((await stream.readRootDse()).isOpenLdap).to.equal(true);

    await renew(files, await server.issueClient("svc-writeback"));
    expect(await lookUp(pool)).to.equal(server.writebackAccount.dn);
    stream.close();
  });

  it("make doctor warn of a certificate that ends within 30 days, and fail once it has ended", async () => {
    const soon = await server.issueClient("svc-sync", { days: 20 });
    const warned = (await examine(await open({ bind: soon }))).get("sign-in");
    expect(warned).to.include({ status: "warn" });
    expect(warned?.detail).to.match(/ends in (?:19|20) days, on \d{4}-\d\d-\d\d$/);
    expect(warned?.action).to.match(/^Renew the certificate/);

    const ended = await openDirectory({
      ...options({ bind: soon }),
      clock: { ...systemClock, now: () => Date.now() + 21 * DAY_MS },
    });
    opened.push(ended);
    const failed = (await examine(ended)).get("connection");
    expect(failed).to.include({ status: "fail" });
    expect(failed?.detail).to.match(
      /DIRECTORY_CLIENT_CERTIFICATE: directory.bind.certificateFile: .* expired at/,
    );
  });

  it("name an identity that no entry has, and fail where the server takes no certificates", async () => {
    const stranger = await server.issueClient("svc-sync", { unit: "strangers" });
    const pool = openPool({ bind: stranger });
    expect(await lookUp(pool)).to.equal("cn=svc-sync,ou=strangers,o=latchkey");
    sync = await server.issueClient("svc-sync");

    const plain = await startOpenLdap({ people: 1, verifyClient: "never" });
    try {
      const config = directoryConfig({ ...options(), server: plain }).directory;
      const refused = new SessionPool({ config, log: silentLogger, clock: systemClock });
      opened.push(refused);
      const error = await rejection(lookUp(refused));
      expect(error.code).to.equal("DIRECTORY_BIND_FAILED");
      expect(error.message).to.match(/did not ask for a client certificate \(OpenLDAP: olcTLSVerifyClient/);
    } finally {
      await plain.stop();
    }
  });

  it("are refused where the server does not know the certificate's authority", async () => {
    const other = await startOpenLdap({ people: 1 });
    try {
      const foreign = await other.issueClient("svc-sync");
      const error = await rejection(lookUp(openPool({ bind: foreign })));
      expect(error.code).to.equal("DIRECTORY_UNAVAILABLE"); // slapd sends no alert
      expect(error.message).to.match(/may not trust the authority that issued .*client-svc-sync.pem/);
    } finally {
      await other.stop();
    }
  });

  it("sync where every client must show a certificate, but a user's password cannot be tried there", async () => {
    const strict = await startOpenLdap({ people: 2, verifyClient: "demand" });
    try {
      const bind = await strict.issueClient("svc-sync");
      const writebackBind = await strict.issueClient("svc-writeback");
      const bases = [strict.peopleDn];
      const directory = await openDirectory({ server: strict, bases, directory: { bind, writebackBind } });
      opened.push(directory);
      const { ids } = await collectFeed(directory, null);
      expect(ids).to.have.length(2);

      const error = await rejection(directory.checkSignIn(ids[0] ?? "", new Secret("wrong")));

      expect(error.code).to.equal("DIRECTORY_UNAVAILABLE");
      expect(error.message).to.match(/client certificate/);
    } finally {
      await strict.stop();
    }
  });

  it("open an encrypted key with its password", async () => {
    const files = await server.issueClient("svc-locked", { keyPassword: "Key-Passw0rd" });
    const folder = dirname(files.keyFile);
    await copyFile(files.keyFile, join(folder, "kept.key"));
    expect(await readFile(join(folder, "kept.key"), "utf8")).to.include("ENCRYPTED");
    expect(await lookUp(openPool({ bind: { ...files, keyPassword: "Key-Passw0rd" } }))).to.match(
      /svc-locked/,
    );
  });
});

describe("accounts of the agent that sign in by client certificate, on 389 Directory Server", function () {
  this.timeout(120_000); // the first start prepares the server's folder
  it("sync, reset and pass doctor, and are named when the server maps the certificate to no account", async () => {
    const server = await shared389Ds();
    const bind = await server.issueClient("svc-sync");
    const writebackBind = await server.issueClient("svc-writeback");
    const bases = [server.dn("ou=certificates")];
    await server.addUnit(bases[0] ?? "");
    const user = await server.addUser(bases[0]);
    const directory = await openDirectory({ server, bases, directory: { bind, writebackBind } });
    try {
      expect((await collectFeed(directory, null)).ids).to.deep.equal([user.id]);
      const newPassword = new Secret("Another-Passw0rd-1");
      const order = {
        operation: "reset",
        userId: user.id,
        newPassword,
        mustChange: false,
        unlock: true,
      } as const;
      const verdict = await directory.applyPassword(order, () => Promise.resolve());
      expect(verdict).to.include({ state: "applied", passwordSet: true });
      // With this setting the server ignores a bind's name and password where the connection shows a certificate.
      await server.set("cn=config", { "nsslapd-force-sasl-external": "on" });
      expect(await directory.checkSignIn(user.id, newPassword)).to.include({ ok: true });
      expect(await directory.checkSignIn(user.id, new Secret("wrong"))).to.deep.equal({
        ok: false,
        reason: "wrong",
      });
      await server.set("cn=config", { "nsslapd-force-sasl-external": "off" });
      const checks = new Map<string, Check>();
      for await (const check of directory.check(user.name)) checks.set(check.name, check);
      expect(checks.get("sign-in")?.detail).to.include(`accepts ${server.syncAccount.dn}; its certificate`);
      expect(checks.get("write rights")?.status).to.equal("pass");
    } finally {
      await directory.close();
    }

    const stranger = await server.issueClient("stranger");
    const { directory: config } = directoryConfig({ server, bases, directory: { bind: stranger } });
    const pool = new SessionPool({ config, log: silentLogger, clock: systemClock });
    const error = await rejection(pool.use("read", () => Promise.resolve()));
    expect(error.code).to.equal("DIRECTORY_BIND_FAILED");
    expect(error.message).to.match(/maps this certificate to no account \(.*certmap\.conf/);
    await pool.close();
  });
});

describe("the end of the passwords of the agent's accounts", function () {
  this.timeout(120_000);
  const signInOf = async (options: TestDirectoryOptions): Promise<Check | undefined> => {
    const directory = await openDirectory(options);
    try {
      for await (const check of directory.check(null)) if (check.name === "sign-in") return check;
    } finally {
      await directory.close();
    }
    return undefined;
  };
  const stamp = (inDays: number): string => toGeneralizedTime(Date.now() + inDays * DAY_MS + 60_000);

  it("is warned of by doctor 30 days before, on OpenLDAP with a policy that the account names", async () => {
    const server = await startOpenLdap({ people: 2 });
    try {
      const policy = server.dn("cn=service,ou=policies");
      const attributes = {
        objectClass: ["device", "pwdPolicy"],
        cn: "service",
        pwdAttribute: "userPassword",
      };
      await (await server.admin()).add(policy, { ...attributes, pwdMaxAge: (20 * 86_400).toString() });
      await server.set(server.syncAccount.dn, { pwdPolicySubentry: policy });
      await server.set(server.syncAccount.dn, { userPassword: server.syncAccount.password });
      const options = { server, bases: [server.peopleDn] };

      const warned = await signInOf(options);
      expect(warned).to.include({ status: "warn" });
      expect(warned?.detail).to.match(/its password ends in (?:19|20) days/);

      await server.set(policy, { pwdMaxAge: (60 * 86_400).toString() });
      expect(await signInOf(options)).to.include({ status: "pass" });
    } finally {
      await server.stop();
    }
  });

  it("is warned of by doctor 30 days before, on 389 Directory Server", async () => {
    const server = await shared389Ds();
    const options = { server, bases: [server.peopleDn] };
    expect(await signInOf(options)).to.include({ status: "pass" });
    await server.set(server.syncAccount.dn, { passwordExpirationTime: stamp(12) });
    try {
      const warned = await signInOf(options);
      expect(warned).to.include({ status: "warn" });
      expect(warned?.detail).to.match(/its password ends in 12 days/);
      expect(warned?.action).to.match(/^Change the password in the directory and in its file/);
    } finally {
      await server.set(server.syncAccount.dn, { passwordExpirationTime: null });
    }
  });
});
