import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { parse, stringify } from "yaml";
import type { Check } from "../../agent/directory/directory.ts";
import { type Installation, startInstallation } from "../../lab/installation.ts";
import { createAuthority } from "../../lab/tls.ts";
import { ERRORS } from "../../shared/errors.ts";
import { createCommands } from "../support/commands.ts";
import { type OpenLdapPeople, startOpenLdapPeople } from "../support/openldap-people.ts";
import { sharedSambaAd } from "../support/samba-ad.ts";

interface Findings {
  readonly exit: number | null;
  readonly checks: ReadonlyMap<string, Check>;
  /** Names of failed checks. */
  readonly failed: readonly string[];
  readonly summary: Readonly<Record<string, number>>;
}

describe("doctor", function () {
  this.timeout(120_000);
  let people: OpenLdapPeople;
  let installation: Installation;
  const stops: (() => Promise<void>)[] = [];

  before(async function () {
    this.timeout(360_000); // the first use of Samba provisions the domain
    people = await startOpenLdapPeople({ people: 5, withPassword: 2 });
    stops.unshift(() => people.stop());
    installation = await startInstallation({ directory: people.directory });
    stops.unshift(() => installation.close());
    await sharedSambaAd();
  });
  after(async () => {
    for (const stop of stops) await stop();
  });

  const doctor = (
    args: readonly string[],
    environment: Readonly<Record<string, string>> = {},
    configFile?: string,
  ) => createCommands(installation, configFile).latchkeyAgent(["doctor", ...args], environment);
  async function examine(
    args: readonly string[],
    environment: Readonly<Record<string, string>> = {},
    configFile?: string,
  ): Promise<Findings> {
    const { exit, stdout, stderr } = await doctor([...args, "--json"], environment, configFile);
    expect(stderr).to.equal("");
    const { checks, summary } = JSON.parse(stdout) as { checks: Check[]; summary: Record<string, number> };
    for (const { name, status, detail, action } of checks) {
      expect(detail, name).not.to.equal("");
      if (status === "fail" || status === "warn")
        expect(action, `${name}: what to do`).to.be.a("string").that.is.not.empty;
      else expect(action, name).to.equal(null);
    }
    return {
      exit,
      checks: new Map(checks.map((check) => [check.name, check])),
      failed: checks.filter(({ status }) => status === "fail").map(({ name }) => name),
      summary,
    };
  }
  const secretFile = async (name: string, text: string): Promise<string> => {
    const path = join(installation.folder, name);
    await writeFile(path, text, { mode: 0o600 });
    return path;
  };
  const statusOf = ({ checks }: Findings, name: string): string | undefined => checks.get(name)?.status;

  it("passes on a good installation, and every check has a unique name", async () => {
    const { exit, stdout } = await doctor(["--user", "p00001"]);

    expect(exit, stdout).to.equal(0);
    const lines = stdout.trimEnd().split("\n");
    expect(lines.filter((line) => /^FAIL/.test(line))).to.deep.equal([]);
    expect(
      lines.slice(0, -1).every((line) => /^(PASS|SKIP) {2}\S.* {2}\S/.test(line)),
      stdout,
    ).to.equal(true);
    expect(lines.at(-1)).to.match(/^SUMMARY: \d+ passed, 0 failed, \d+ skipped$/);
    const names = lines.slice(0, -1).map((line) => /^.{6}(.+?) {2}/.exec(line)?.[1]);
    expect(new Set(names)).to.have.property("size", names.length);
    for (const name of [
      "link",
      "approval",
      "sign-in",
      "writeback sign-in",
      "bases",
      "change feed",
      "change notification",
      "password rule",
    ])
      expect(stdout).to.match(new RegExp(`^PASS {2}${name} `, "m"));
  });

  it("says that the directory's certificate is not trusted, and skips what needs the connection", async () => {
    const { caFile } = await createAuthority(installation.folder);

    const found = await examine([], { LATCHKEY_AGENT_DIRECTORY__CA_FILE: caFile });

    expect(found).to.deep.include({ exit: 4, failed: ["connection"] });
    expect(found.checks.get("connection")?.action).to.equal(ERRORS.DIRECTORY_CERTIFICATE_INVALID.fix);
    expect(found.checks.get("sign-in")).to.include({ status: "skip", detail: 'needs "connection"' });
    expect(statusOf(found, "link")).to.equal("pass");
  });

  it("says which account's password is wrong", async () => {
    const wrong = await secretFile("wrong-password", "not-the-Passw0rd");

    const reading = await examine([], { LATCHKEY_AGENT_DIRECTORY__BIND__PASSWORD_FILE: wrong });
    const writing = await examine([], { LATCHKEY_AGENT_DIRECTORY__WRITEBACK_BIND__PASSWORD_FILE: wrong });

    expect(reading).to.deep.include({ exit: 4, failed: ["sign-in"] });
    expect(reading.checks.get("sign-in")?.detail).to.contain(people.directory.syncAccount.dn);
    expect(reading.checks.get("sign-in")?.action).to.contain("directory.bind:");
    expect(statusOf(reading, "connection")).to.equal("pass");
    expect(statusOf(reading, "bases")).to.equal("skip");
    expect(writing).to.deep.include({ exit: 4, failed: ["writeback sign-in"] });
    expect(writing.checks.get("writeback sign-in")?.detail).to.contain(people.directory.writebackAccount.dn);
    expect(writing.checks.get("writeback sign-in")?.action).to.contain("directory.writebackBind:");
    expect(statusOf(writing, "change feed")).to.equal("pass");
  });

  it("says that the directory is down", async () => {
    await people.server.kill();
    try {
      const found = await examine(["--user", "p00001"]);

      expect(found).to.deep.include({ exit: 4, failed: ["connection"] });
      expect(found.checks.get("connection")?.detail)
        .to.contain("DIRECTORY_UNAVAILABLE")
        .and.to.contain("ECONNREFUSED");
      expect(statusOf(found, "test user")).to.equal("skip");
      expect(statusOf(found, "link")).to.equal("pass");
    } finally {
      await people.server.restart();
    }
  });

  it("says that the cloud does not answer at the configured address, and still checks the directory", async () => {
    const unreachable = await examine([], { LATCHKEY_AGENT_CLOUD__URL: "http://127.0.0.1:1" });
    const unknown = await examine([], { LATCHKEY_AGENT_CLOUD__URL: "https://latchkey.invalid" });
    const another = await examine([], {
      LATCHKEY_AGENT_CLOUD__URL: people.server.url.replace("ldaps:", "https:"),
    });

    expect(unreachable).to.deep.include({ exit: 4, failed: ["cloud TLS"] });
    expect(unreachable.checks.get("cloud TLS")?.detail).to.contain("127.0.0.1:1 cannot be reached");
    expect(unreachable.checks.get("cloud TLS")?.action).to.equal(ERRORS.CLOUD_UNREACHABLE.fix);
    expect(unreachable.checks.get("link")).to.include({ status: "skip", detail: 'needs "cloud TLS"' });
    expect(unknown).to.deep.include({ exit: 4, failed: ["DNS"] });
    expect(unknown.checks.get("DNS")?.detail).to.contain("latchkey.invalid");
    expect(unknown.checks.get("link")).to.include({ status: "skip", detail: 'needs "DNS"' });
    expect(another).to.deep.include({ exit: 4, failed: ["cloud TLS"] });
    expect(another.checks.get("cloud TLS")?.action).to.equal(ERRORS.CLOUD_CERTIFICATE_INVALID.fix);
    for (const found of [unreachable, unknown, another])
      expect(statusOf(found, "change feed")).to.equal("pass");
  });

  it("says that this host was never enrolled", async () => {
    const found = await examine([], {
      LATCHKEY_AGENT_STATE_DIRECTORY: join(installation.folder, "never-enrolled"),
    });

    expect(found).to.deep.include({ exit: 4, failed: ["identity"] });
    expect(found.checks.get("identity")?.action).to.equal(ERRORS.AGENT_NOT_ENROLLED.fix);
    expect(statusOf(found, "link")).to.equal("skip");
  });

  it("connects itself where no agent is running", async () => {
    await installation.agent.stop();
    try {
      const found = await examine([]);

      expect(found).to.deep.include({ exit: 0, failed: [] });
      expect(found.checks.get("link")?.detail).to.contain("no agent is running on this host now");
      expect(statusOf(found, "approval")).to.equal("pass");
    } finally {
      installation.agent.start();
      await installation.untilReady();
    }
  });

  describe("on Active Directory", () => {
    /** The agent's own configuration with another directory in it. */
    async function configFile(swap: boolean): Promise<string> {
      const ad = await sharedSambaAd();
      const passwordFile = await secretFile("ad-password", ad.syncAccount.password);
      const accounts = [ad.syncAccount.dn, ad.writebackAccount.dn].map((dn) => ({ dn, passwordFile }));
      const [bind, writebackBind] = swap ? accounts.toReversed() : accounts;
      const settings = parse(await readFile(installation.agentConfigFile, "utf8")) as object;
      return secretFile(
        "ad.yaml",
        stringify({
          ...settings,
          directory: {
            servers: [ad.url],
            caFile: ad.caFile,
            bind,
            writebackBind,
            bases: [{ dn: ad.peopleDn }],
          },
        }),
      );
    }

    it("passes with the documented rights", async () => {
      const found = await examine(["--user", "p00001"], {}, await configFile(false));

      expect(found).to.deep.include({ exit: 0, failed: [] });
      expect(found.checks.get("change feed")?.detail).to.match(/^dirsync is used \(\d+ entries/);
      for (const name of ["deletes", "write rights", "password rule"])
        expect(statusOf(found, name)).to.equal("pass");
    });

    it("names the missing rights, each with the command that grants it", async () => {
      const found = await examine(["--user", "p00001"], {}, await configFile(true));
      const printed = await doctor(["--print-permissions"], {}, await configFile(true));

      expect(found.exit).to.equal(4);
      expect(found.failed).to.include.members(["deletes", "write rights"]);
      expect(found.checks.get("write rights")?.detail).to.contain("reset password");
      expect(found.checks.get("write rights")?.action).to.contain("svc-sync@lab.test:CA;Reset Password;user");
      expect(printed.exit).to.equal(0);
      for (const name of ["deletes", "write rights"])
        for (const line of found.checks.get(name)?.action?.split("\n") ?? [])
          expect(printed.stdout.split("\n")).to.include(line);
      expect(printed.stdout).not.to.contain("access to attrs");
    });

    it("says which protected group of a variable is not in the directory", async () => {
      const group = "cn=typo,ou=groups,dc=lab,dc=test";
      const found = await examine([], {
        LATCHKEY_AGENT_WRITEBACK__PROTECTED_GROUPS: JSON.stringify([group]),
      });
      const split = await doctor([], { LATCHKEY_AGENT_WRITEBACK__PROTECTED_GROUPS: group });

      expect(found.exit).to.equal(4);
      expect([...found.checks.values()].find(({ detail }) => detail.includes(group))?.status).to.equal(
        "fail",
      );
      expect(split.exit).to.equal(2);
      expect(split.stderr).to.contain(`writeback.protectedGroups: must be a list, which is JSON`);
    });

    it("refuses a privileged test user", async () => {
      const privileged = await examine(["--user", "privileged"], {}, await configFile(false));

      expect(privileged).to.deep.include({ exit: 4, failed: ["test user"] });
      expect(privileged.checks.get("test user")?.detail).to.contain("is protected");
    });
  });

  it("prints the commands for the directory's kind, and for both kinds when no directory answers", async () => {
    const there = await doctor(["--print-permissions"]);
    const gone = await doctor(["--print-permissions", "--json"], {
      LATCHKEY_AGENT_DIRECTORY__SERVERS: '["ldaps://127.0.0.1:1"]',
    });

    expect(there.exit).to.equal(0);
    expect(there.stdout).to.contain(
      `access to attrs=userPassword by dn.exact="${people.directory.writebackAccount.dn}" write`,
    );
    expect(there.stdout).not.to.contain("dsacls");
    const { commands } = JSON.parse(gone.stdout) as { commands: string[] };
    expect(commands.some((line) => line.startsWith("dsacls "))).to.equal(true);
    expect(commands.some((line) => line.startsWith("access to "))).to.equal(true);
  });
});
