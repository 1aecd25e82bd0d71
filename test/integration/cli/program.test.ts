import { chmod, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { createProgram } from "../../../cli/program.ts";
import { runCommand } from "../../../shared/command.ts";
import { newId } from "../../../shared/ids.ts";
import { Secret } from "../../../shared/secret.ts";
import { sharedCloud, type TestCloud } from "../../support/cloud.ts";
import { type CloudAgent, connectCloudAgent } from "../../support/cloud-agent.ts";
import { bufferedIo } from "../../support/command-io.ts";
import { asDigest, asUser, testUser, userId, usersUpTo } from "../../support/directory-users.ts";
import { enrollFakeAgent } from "../../support/fake-agent.ts";
import { runProgram } from "../../support/run-program.ts";

const noTerminal = {
  isTTY: false,
  setRawMode: () => noTerminal,
  on: () => noTerminal,
  off: () => noTerminal,
  resume: () => noTerminal,
  pause: () => noTerminal,
} as never;

describe("latchkey", () => {
  let cloud: TestCloud;
  let tenantId: string;
  let directory: string;
  let peer: CloudAgent | undefined;

  before(async () => {
    cloud = await sharedCloud();
    directory = await mkdtemp(join(tmpdir(), "latchkey-cli-"));
  });
  after(() => rm(directory, { recursive: true, force: true }));
  beforeEach(async () => {
    tenantId = await cloud.newTenant();
  });
  afterEach(async () => {
    await peer?.close();
    peer = undefined;
  });

  const environment = (): Record<string, string> => ({
    LATCHKEY_URL: cloud.url,
    LATCHKEY_API_KEY_FILE: cloud.ownerKeyFile,
    LATCHKEY_TENANT: tenantId,
  });

  /** Runs the same program in this process, with other input, output and environment. */
  async function latchkey(
    argv: readonly string[],
    changes: Record<string, string | undefined> = {},
    isTty = false,
  ) {
    const io = bufferedIo({ environment: { ...environment(), ...changes }, isTty });
    const program = createProgram(Object.assign(Object.create(io) as typeof io, { stdin: noTerminal }));
    const exit = await runCommand(program, ["node", "latchkey", ...argv], io);
    return { exit, out: io.out, err: io.err, json: () => JSON.parse(io.out) as unknown };
  }

  async function connected(): Promise<CloudAgent> {
    peer = await connectCloudAgent(cloud, tenantId);
    return peer;
  }

  async function withUsers(count: number): Promise<CloudAgent> {
    const agent = await connected();
    await agent.sync(usersUpTo(count));
    return agent;
  }

  async function secretFile(text: string | Buffer): Promise<string> {
    const file = join(directory, newId());
    await writeFile(file, text, { mode: 0o600 });
    return file;
  }

  it("runs as a program: help, usage, and a story from the first tenant to the last password", async () => {
    const run = (...argv: string[]) => runProgram("cli/main.ts", argv, environment());
    const tokenFile = join(directory, `${newId()}.token`);

    const [help, typo, list] = await Promise.all([
      run("--help"),
      run("tenant", "lst"),
      run("tenant", "list", "--json"),
    ]);
    expect([help.exit, help.stdout]).to.satisfy(
      ([exit, text]: [number, string]) => exit === 0 && text.includes("LATCHKEY_URL"),
    );
    expect(typo.exit).to.equal(2);
    expect((JSON.parse(list.stdout) as { items: { id: string }[] }).items.map(({ id }) => id)).to.include(
      tenantId,
    );

    const enrollment = await run("enrollment", "create", "--name", "dc1", "--token-file", tokenFile);
    expect(enrollment.exit, enrollment.stderr).to.equal(0);
    expect((await stat(tokenFile)).mode & 0o777).to.equal(0o600);
    const token = new Secret((await readFile(tokenFile, "utf8")).trim());
    const agent = await enrollFakeAgent({ url: cloud.url, token });
    const approved = await run("agent", "approve", agent.agentId, "--fingerprint", agent.fingerprint);
    expect([approved.exit, approved.stdout]).to.deep.equal([
      0,
      "Agent 'dc1' is approved and serves the source 'example.com'.\n",
    ]);

    const { passwords } = await withUsers(3);
    const passwordFile = await secretFile("Näive-Zebra-7!\n");
    const reset = await run("writeback", "reset", "user1", "--password-file", passwordFile);
    expect(reset.exit, reset.stderr).to.equal(0);
    expect(reset.stdout).to.contain("applied");
    expect(passwords.get(userId(1))).to.equal("Näive-Zebra-7!");
  }).timeout(30_000);

  describe("without what it needs", () => {
    it("ends with exit code 2 or 4 and says why", async () => {
      const noUrl = await latchkey(["tenant", "list"], { LATCHKEY_URL: undefined });
      const noKey = await latchkey(["tenant", "list"], { LATCHKEY_API_KEY_FILE: undefined });
      const noFile = await latchkey(["tenant", "list"], { LATCHKEY_API_KEY_FILE: "/nowhere" });
      const badKey = await latchkey(["tenant", "list"], {
        LATCHKEY_API_KEY_FILE: await secretFile(`lkk_${newId()}_${"x".repeat(43)}`),
      });
      const which = await latchkey(["user", "search"], { LATCHKEY_TENANT: undefined });

      expect([noUrl.exit, noKey.exit, noFile.exit, badKey.exit]).to.deep.equal([2, 4, 2, 4]);
      expect(noUrl.err).to.contain("LATCHKEY_URL");
      expect(noKey.err).to.contain("API_KEY_MISSING");
      expect(badKey.err).to.contain("API_KEY_INVALID");
      expect(which.exit, "there are several tenants").to.equal(2);
      expect(which.err).to.contain("--tenant");
    });

    it("does not send its key to another host without TLS", async () => {
      const { exit, err } = await latchkey(["tenant", "list"], { LATCHKEY_URL: "http://192.0.2.1:8080" });

      expect(exit).to.equal(2);
      expect(err).to.contain("https://");
    });

    it("warns about a key that other users can read", async () => {
      const file = await secretFile(await readFile(cloud.ownerKeyFile, "utf8"));
      await chmod(file, 0o640);

      const { exit, err } = await latchkey(["tenant", "list"], { LATCHKEY_API_KEY_FILE: file });

      expect(exit).to.equal(0);
      expect(err).to.equal(`Warning: other users can read your API key. Run: chmod 600 ${file}\n`);
    });

    it("says which option is wrong before it asks the cloud", async () => {
      for (const argv of [
        ["user", "search", "--limit", "ten"],
        ["sync", "start", "--policy", "all"],
        ["key", "create", "--name", "x", "--scope", "everything"],
      ]) {
        const { exit, err } = await latchkey(argv, { LATCHKEY_URL: undefined });
        expect(exit).to.equal(2);
        expect(err).to.contain(`argument '${argv.at(-1) ?? ""}' is invalid`);
      }
    });

    it("ends with 3 when the cloud cannot be reached", async () => {
      const { exit, err } = await latchkey(["tenant", "list"], { LATCHKEY_URL: "http://127.0.0.1:1" });

      expect(exit).to.equal(3);
      expect(err).to.contain("cannot be reached");
    });

    it("prints errors as JSON for scripts", async () => {
      const { exit, err } = await latchkey(["user", "show", "nobody", "--json"]);

      expect(exit).to.equal(2);
      expect(JSON.parse(err)).to.include({ code: "USER_UNKNOWN" });
    });

    it("finds the only tenant of a tenant's own key", async () => {
      const { secret } = await cloud.newKey(["users:read", "tenants:read"], tenantId);
      const key = await secretFile(secret);

      const { exit, err } = await latchkey(["user", "search"], {
        LATCHKEY_TENANT: undefined,
        LATCHKEY_API_KEY_FILE: key,
      });

      expect(exit, err).to.equal(0);
    });
  });

  it("creates, changes and shows tenants", async () => {
    const id = `k${newId().toLowerCase()}`;
    const domain = `${id}.com`;

    const created = await latchkey(["tenant", "create", "--id", id, "--name", "Contoso", "--domain", domain]);
    await latchkey(["tenant", "change", "--tenant", id, "--name", "Contoso Ltd", "--delete-minimum", "5"]);
    const shown = await latchkey(["tenant", "show", "--tenant", id, "--json"]);

    expect(created.out).to.contain(domain);
    expect(shown.json()).to.deep.include({
      name: "Contoso Ltd",
      domains: [domain],
      settings: { deleteMinimum: 5 },
    });
  });

  it("lists, shows and revokes agents", async () => {
    const { agent } = await connected();

    const list = await latchkey(["agent", "list"]);
    const show = await latchkey(["agent", "show", agent.agentId]);
    const mismatch = await latchkey([
      "agent",
      "approve",
      agent.agentId,
      "--fingerprint",
      Array(8).fill("0000").join("-"),
    ]);
    const revoke = await latchkey(["agent", "revoke", agent.agentId]);

    expect(list.out)
      .to.match(/AGENT +NAME +STATE/)
      .and.to.contain("approved");
    expect(show.out).to.contain(agent.fingerprint);
    expect([mismatch.exit, revoke.exit]).to.deep.equal([4, 0]);
    expect(revoke.out).to.equal("Agent 'dc1' is revoked.\n");
  });

  it("shows numbers in the usual notation, and the history of a user", async () => {
    await withUsers(3);

    const search = await latchkey(["user", "search", "user"]);
    const show = await latchkey(["user", "show", "user1"]);

    expect(search.out).to.contain("+32 470000001").and.to.contain("3 of 3 users shown.");
    expect(show.out).to.contain("+32 470000001").and.to.contain("first seen in the directory");
  });

  it("finds users by display name, and cuts a long name in a table", async () => {
    const agent = await connected();
    const long = "Maximiliane ".repeat(20).trim();
    await agent.sync([testUser(1, { displayName: "Jane van Dam" }), testUser(2, { displayName: long })]);

    for (const text of ["jane", "Van  Dam", "DAM", "CORP\\user1"])
      expect((await latchkey(["user", "search", text])).out, text).to.contain("Jane van Dam");
    const { out } = await latchkey(["user", "search", "maximiliane"]);
    expect(out).to.contain("1 of 2 users shown.").and.to.contain("…").and.to.not.contain(long);
    expect((await latchkey(["user", "search", "maximiliane", "--json"])).out).to.contain(long);

    expect((await latchkey(["writeback", "unlock", "user2"])).exit).to.equal(0);
    expect((await latchkey(["writeback", "list"])).out).to.match(
      /User2@contoso\.com +Maximiliane M[^ ]+ .*…/,
    );
  });

  describe("sync", () => {
    it("starts a run, shows its progress, and prints the counts", async () => {
      (await connected()).directory = usersUpTo(5).map(asUser);

      const { exit, out, err } = await latchkey(["sync", "start", "--policy", "initial", "--wait"], {}, true);

      expect(exit, err).to.equal(0);
      expect(out)
        .to.contain("\r\u001b[Krun ")
        .and.to.match(/added +5/)
        .and.to.match(/state +done/)
        .and.to.not.match(/deleted|held|dry run|^\S.* -$/m);
    });

    it("ends with 4 for a held run, lists its users and decides on it", async () => {
      const link = await connected();
      await link.sync(usersUpTo(40));
      link.directory = usersUpTo(20).map(asUser);

      const start = await latchkey(["sync", "start", "--policy", "initial", "--wait", "--json"]);
      const { run } = start.json() as { run: { id: string; held: number } };
      const held = await latchkey(["sync", "held"]);
      const whom = await latchkey(["sync", "held", run.id]);
      const discard = await latchkey(["sync", "discard", run.id]);
      const again = await latchkey(["sync", "approve", run.id]);

      expect([start.exit, run.held]).to.deep.equal([4, 20]);
      expect(held.out).to.contain(run.id);
      expect(whom.out).to.contain("20 of 20 users shown.").and.to.contain("absent");
      expect(discard.out).to.contain("discarded");
      expect(again.exit).to.equal(4);
      expect((await latchkey(["sync", "list"])).out).to.contain("discarded");
      expect((await latchkey(["sync", "show", run.id])).exit).to.equal(0);
    });

    it("lists what a run cannot use, and finds the users and entries concerned", async () => {
      const link = await connected();
      const id = userId(2);
      const dn = "cn=Evil\u001b[2J,dc=lab";
      const { runId } = await link.run([
        asUser(testUser(1)),
        asUser(testUser(2, { valueProblems: [{ attribute: "displayName", problem: "invalid_text" }] })),
        { kind: "unusable", id, dn: "uid=user2,dc=lab", reason: "invalid_text", attribute: "displayName" },
        { kind: "rejected", id: null, dn, reason: "no_id", attribute: "entryUUID" },
      ]);

      const show = await latchkey(["sync", "show", runId]);
      const shown = (await latchkey(["sync", "show", runId, "--json"])).json();
      const any = await latchkey(["user", "search", "--problem"]);
      const one = await latchkey(["user", "search", "--problem", "invalid_text"]);
      const wrong = await latchkey(["user", "search", "--problem", "bad"]);

      expect(show.out)
        .to.match(/^rejected +1, 1 no id$/m)
        .and.to.match(/^unusable values +1 invalid text$/m)
        .and.to.match(
          new RegExp(`^uid=user2,dc=lab +displayName +invalid text +synced without it +${id}$`, "m"),
        )
        .and.to.match(/^cn=Evil�\[2J,dc=lab +entryUUID +no id +not synced +-$/m);
      expect(shown).to.deep.include({ id: runId, problems: 2 });
      expect((shown as { listedProblems: unknown[] }).listedProblems).to.have.length(2);
      expect(any.out)
        .to.match(/^User2@contoso.com .*displayName: invalid text/m)
        .and.to.match(/^1 +cn=Evil.* +entryUUID +no id/m)
        .and.to.contain("1 of 1 entries shown.");
      expect(any.out).not.to.contain("User1@");
      expect(one.out).to.contain("User2@").and.to.not.contain("Evil");
      expect([wrong.exit, wrong.err.includes("invalid_text")]).to.deep.equal([2, true]);
    });

    it("ends a dry run like the run that it stands for", async () => {
      const link = await connected();
      await link.sync(usersUpTo(40));
      link.directory = usersUpTo(20).map(asDigest);

      const dry = await latchkey(["sync", "start", "--policy", "initial", "--dry-run", "--wait"]);

      expect(dry.exit, dry.err).to.equal(4);
      expect(dry.out).to.match(/^would be held +20$/m);
      expect((await latchkey(["sync", "held"])).out).to.contain("No run is held.");
    });

    it("ends with 3 while no agent is connected", async () => {
      const { exit, err } = await latchkey(["sync", "start", "--wait"]);

      expect(exit).to.equal(3);
      expect(err).to.contain("AGENT_OFFLINE");
    });
  });

  describe("writeback", () => {
    beforeEach(async () => {
      await (await connected()).sync(usersUpTo(3));
    });

    it("ends with 4 and the rule when the directory refuses", async () => {
      const { exit, out } = await latchkey([
        "writeback",
        "reset",
        "user1",
        "--password-file",
        await secretFile("short"),
      ]);

      expect(exit).to.equal(4);
      expect(out)
        .to.contain("PASSWORD_TOO_SHORT")
        .and.to.match(/minimum length +8/);
    });

    it("seals the password on this host: no request contains it", async () => {
      const marker = "Canary-Otter-8812!";
      const real = globalThis.fetch;
      const sent: string[] = [];
      globalThis.fetch = (url, init) => {
        if (typeof init?.body === "string") sent.push(init.body);
        return real(url, init);
      };
      try {
        const file = await secretFile(marker);
        expect((await latchkey(["writeback", "reset", "user2", "--password-file", file])).exit).to.equal(0);
      } finally {
        globalThis.fetch = real;
      }

      expect(peer?.passwords.get(userId(2))).to.equal(marker);
      expect(sent.join("")).to.contain("ciphertext").and.to.not.contain(marker);
    });

    it("sets the password in a file with a byte order mark, and refuses a file in UTF-16", async () => {
      const file = await secretFile("\ufeffCanary-Badger-7731!\r\n");
      const utf16 = await secretFile(Buffer.from("\ufeffCanary-Weasel-7732!\r\n", "utf16le"));

      const good = await latchkey(["writeback", "reset", "user2", "--password-file", file]);
      const bad = await latchkey(["writeback", "reset", "user3", "--password-file", utf16]);

      expect(good.exit).to.equal(0);
      expect(peer?.passwords.get(userId(2))).to.equal("Canary-Badger-7731!");
      expect(bad.exit).to.equal(2);
      expect(bad.err).to.contain(`--password-file: ${utf16}`).and.to.contain("iconv -f UTF-16");
      expect(peer?.passwords.has(userId(3))).to.equal(false);
    });

    it("changes and unlocks", async () => {
      const old = await secretFile("Old-Password-1");
      const fresh = await secretFile("New-Password-1");

      const change = await latchkey([
        "writeback",
        "change",
        "user1",
        "--old-password-file",
        old,
        "--password-file",
        fresh,
      ]);
      const unlock = await latchkey(["writeback", "unlock", "user1"]);

      expect([change.exit, unlock.exit]).to.deep.equal([0, 0]);
      expect(unlock.out).to.match(/unlocked +yes/);
    });

    it("does not ask for a password without a terminal", async () => {
      const { exit, err } = await latchkey(["writeback", "reset", "user1"]);

      expect(exit).to.equal(2);
      expect(err).to.contain("--password-file");
    });

    it("does not wait when told so, and can be shown, listed and cancelled", async () => {
      if (peer !== undefined) peer.idle = true;

      const start = await latchkey(["writeback", "unlock", "user1", "--no-wait", "--json"]);
      const { id } = start.json() as { id: string };
      const cancel = await latchkey(["writeback", "cancel", id]);
      const show = await latchkey(["writeback", "show", id]);

      expect([start.exit, cancel.exit, show.exit]).to.deep.equal([0, 0, 0]);
      expect(cancel.out).to.equal(`Writeback ${id} is cancelled.\n`);
      expect(show.out).to.contain("JOB_CANCELLED");
      expect((await latchkey(["writeback", "list"])).out).to.contain(id);
    });
  });

  it("creates and revokes keys", async () => {
    const file = join(directory, `${newId()}.key`);

    const create = await latchkey([
      "key",
      "create",
      "--name",
      "helpdesk",
      "--scope",
      "users:read",
      "writeback:write",
      "--key-file",
      file,
    ]);
    const again = await latchkey([
      "key",
      "create",
      "--name",
      "x",
      "--scope",
      "users:read",
      "--key-file",
      file,
    ]);
    const used = await latchkey(["user", "search"], { LATCHKEY_API_KEY_FILE: file });
    const { items } = (await latchkey(["key", "list", "--json"])).json() as {
      items: { id: string; name: string }[];
    };
    const helpdesk = items.find(({ name }) => name === "helpdesk");
    const revoke = await latchkey(["key", "revoke", helpdesk?.id ?? ""]);
    const after = await latchkey(["user", "search"], { LATCHKEY_API_KEY_FILE: file });

    expect(create.out).to.equal(`The key is in ${file}.\n`);
    expect((await stat(file)).mode & 0o777).to.equal(0o600);
    expect([again.exit, used.exit, revoke.exit, after.exit]).to.deep.equal([2, 0, 0, 4]);
    expect((await latchkey(["key", "list"])).out).to.contain("revoked");
  });

  it("lists and revokes enrolment tokens", async () => {
    const { out } = await latchkey(["enrollment", "create", "--name", "dc2", "--json"]);
    const { enrollment } = JSON.parse(out) as { enrollment: { tokenId: string } };

    const revoke = await latchkey(["enrollment", "revoke", enrollment.tokenId]);

    expect(revoke.out).to.equal("The token for 'dc2' is revoked.\n");
    expect((await latchkey(["enrollment", "list"])).out).to.contain("revoked");
  });

  it("lists and verifies the audit", async () => {
    const verify = await latchkey(["audit", "verify"]);
    const list = await latchkey(["audit", "list", "--limit", "1"]);
    const installation = await latchkey(["audit", "verify", "--installation"]);

    expect(verify.out).to.contain("Verified 1 entry.");
    expect(list.out).to.contain("tenant.created");
    expect(installation.exit).to.equal(0);
  });
});
