import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { Redis } from "ioredis";
import { createLocalClient } from "../../agent/health/local-client.ts";
import { createRecordMac } from "../../cloud/keys/record-mac.ts";
import { tokenText } from "../../cloud/store/agent-proofs.ts";
import { keys } from "../../cloud/store/keys.ts";
import { type Installation, jsonOf, startInstallation } from "../../lab/installation.ts";
import type { CommandResult, Program } from "../../lab/program.ts";
import { type Agent, agentSchema } from "../../shared/api/agents.ts";
import { createdEnrollmentSchema } from "../../shared/api/enrollments.ts";
import { tenantSchema } from "../../shared/api/tenants.ts";
import { ERRORS } from "../../shared/errors.ts";
import { Secret } from "../../shared/secret.ts";
import { type ApiClient, createApiClient, refusalOf } from "../support/api-client.ts";
import { createCommands } from "../support/commands.ts";
import { type OpenLdapPeople, startOpenLdapPeople } from "../support/openldap-people.ts";
import { waitFor } from "../support/wait-for.ts";

const NEW = "A-quite-new-Passw0rd";

describe("an agent from enrolment to revocation", function () {
  this.timeout(120_000);
  let people: OpenLdapPeople;
  let installation: Installation;
  const stops: (() => Promise<void>)[] = [];
  let serial = 0;

  before(async function () {
    this.timeout(240_000);
    people = await startOpenLdapPeople({ people: 3 });
    stops.unshift(() => people.stop());
    installation = await startInstallation({
      directory: people.directory,
      agentConfig: { sync: { schedule: "off" } },
    });
    stops.unshift(() => installation.close());
    // A tenant that has only the agents of these tests.
    tenantSchema.parse((await installation.api("POST", "/tenants", FABRIKAM)).body);
  });
  after(async () => {
    for (const stop of stops) await stop();
  });

  const FABRIKAM = { id: "fabrikam", name: "Fabrikam", domains: ["fabrikam.test"] };
  const fabrikam = (): ApiClient => createApiClient(installation, FABRIKAM.id);
  const createToken = (api: ApiClient) =>
    api.call(createdEnrollmentSchema, "POST", "/enrollments", { name: "e2e", ttlMinutes: 1 });

  /** Prepares a host that was never enrolled. */
  async function enroll(token: string, host = `host-${(++serial).toString()}`): Promise<CommandResult> {
    const configFile = await installation.writeAgentConfig(host);
    const tokenFile = join(installation.folder, `${host}-token`);
    await writeFile(tokenFile, `${token}\n`, { mode: 0o600 });
    return createCommands(installation, configFile).latchkeyAgent([
      "enroll",
      "--token-file",
      tokenFile,
      "--json",
    ]);
  }
  /** Moves the end of a token into the past, as the cloud itself would store it. */
  async function endToken(tokenId: string): Promise<void> {
    const seed = await readFile(join(installation.folder, "cloud/records.key"), "utf8");
    const mac = createRecordMac([new Secret(seed.trim())]);
    const redis = new Redis({ path: join(installation.folder, "cloud/redis/redis.sock") });
    try {
      const key = keys.enrollment(FABRIKAM.id, tokenId);
      const { name = "", cidrs = "", createdBy = "", publicKey = "", first } = await redis.hgetall(key);
      const expiresAt = Date.now() - 1;
      const text = tokenText({ name, cidrs, createdBy, publicKey, isFirst: first === "1", expiresAt });
      expect(await redis.hset(key, { expiresAt, mac: mac.sign(key, text) })).to.equal(0);
    } finally {
      redis.disconnect();
    }
  }
  const expectRefusal = ({ exit, stderr }: CommandResult, code: string, fix: RegExp): void => {
    expect(JSON.parse(stderr)).to.include({ code });
    expect(JSON.parse(stderr)).to.have.property("fix").that.matches(fix);
    expect(exit).to.equal(4);
  };

  describe("the token", () => {
    it("works for one host", async () => {
      const { token, enrollment } = await createToken(fabrikam());

      const first = await enroll(token);
      const second = await enroll(token);

      expect(jsonOf(first)).to.include({ tenantId: FABRIKAM.id, state: "pending" });
      expectRefusal(second, "ENROLLMENT_TOKEN_INVALID", /latchkey enrollment create/);
      const agents = await fabrikam().agents();
      expect(agents.filter(({ name }) => name === enrollment.name)).to.have.length(1);
    });

    it("expires when it says", async () => {
      const { token, enrollment } = await createToken(fabrikam());
      await endToken(enrollment.tokenId);

      expectRefusal(await enroll(token), "ENROLLMENT_TOKEN_EXPIRED", /latchkey enrollment create/);
    });

    it("works for its own tenant only, and cannot be altered", async () => {
      const { token } = await createToken(fabrikam());
      const parts = token.split(".");
      const at = (index: number, text: string): string => parts.with(index, text).join(".");
      const { tenantId } = installation;

      expectRefusal(await enroll(at(1, tenantId)), "ENROLLMENT_TOKEN_INVALID", /enrollment create/);
      expectRefusal(await enroll(at(3, "A".repeat(43))), "ENROLLMENT_TOKEN_INVALID", /enrollment create/);
      expectRefusal(await enroll("no token at all"), "ENROLLMENT_TOKEN_INVALID", /enrollment create/);
      // The agent recognises the cloud by the pin.
      expectRefusal(await enroll(at(4, "0".repeat(32))), "ENROLLMENT_PIN_MISMATCH", /cloud\.url/);
    });

    it("cannot make a second agent of a host", async () => {
      const { token } = await createToken(fabrikam());

      const again = await enroll(token, "agent-1");

      expectRefusal(again, "AGENT_ALREADY_ENROLLED", /latchkey agent revoke/);
      expect(jsonOf(await enroll(token))).to.include({ state: "pending" });
    });
  });

  it("refuses to run before enrolment, and says what to do", async () => {
    const program = installation.agentProgram("unenrolled");
    await installation.writeAgentConfig("unenrolled");
    program.start();
    await program.ended();

    expect(program.exitCode).to.equal(2);
    expect(program.log()).to.contain("[AGENT_NOT_ENROLLED]").and.to.contain(ERRORS.AGENT_NOT_ENROLLED.fix);
  });

  describe("a pending agent", () => {
    let api: ApiClient;
    let program: Program;
    let agentId: string;
    let fingerprint: string;
    let userName: string;

    before(async () => {
      api = fabrikam();
      const { token } = await createToken(api);
      ({ agentId, fingerprint } = jsonOf(await enroll(token, "pending")) as Agent);
      program = installation.agentProgram("pending");
      program.start();
      await waitFor("the pending agent to connect", async () => (await one()).connected);
      userName = (await people.add("+32 470 12 12 12")).userName;
    });
    const one = (): Promise<Agent> => api.call(agentSchema, "GET", `/agents/${agentId}`);
    const reset = () => api.writeback({ user: userName, newPassword: NEW });
    const ops = (...args: string[]): Promise<CommandResult> =>
      createCommands(installation).latchkey([...args, "--tenant", FABRIKAM.id, "--json"]);

    it("syncs users but receives no password", async () => {
      expect(await api.sync()).to.include({ state: "done" });
      expect(await api.user(userName)).to.include({ mobile: "+32470121212" });

      const refusal = await refusalOf(reset());

      expect(refusal).to.include({ code: "AGENT_OFFLINE" });
      expect(refusal.message).to.contain(
        "none of them serves the user's directory, is approved and able to write back",
      );
      expect(await one()).to.include({ state: "pending" });
    });

    it("is not approved with another fingerprint", async () => {
      const wrong = fingerprint.replace(/.$/, (last) => (last === "0" ? "1" : "0"));

      expectRefusal(
        await ops("agent", "approve", agentId, "--fingerprint", wrong),
        "AGENT_FINGERPRINT_MISMATCH",
        /Do not approve/,
      );
      expect(await one()).to.include({ state: "pending", decidedBy: null });
      expect(await refusalOf(reset())).to.include({ code: "AGENT_OFFLINE" });
    });

    it("receives passwords as soon as it is approved, without a restart", async () => {
      const { pid } = program;

      const approved = jsonOf(await ops("agent", "approve", agentId, "--fingerprint", fingerprint));

      expect(approved).to.include({ state: "approved" });
      expect(await reset()).to.include({ state: "applied", agentId });
      expect(await people.server.tryPassword(await people.server.dnOf(userName), NEW)).to.equal("ok");
      expect(program.pid).to.equal(pid);
    });

    it("is disconnected for ever within a second of its revocation, and is told what to do", async () => {
      const local = createLocalClient(join(installation.folder, "pending"));
      expect((await local.status()).link).to.include({ phase: "ready" });

      expect(jsonOf(await ops("agent", "revoke", agentId))).to.include({ state: "revoked" });
      await waitFor("the link to end", async () => (await local.status()).link.phase !== "ready", {
        timeoutMs: 1_000,
      });

      expect(await one()).to.include({ connected: false });
      expect(await refusalOf(reset())).to.include({ code: "AGENT_OFFLINE" });
      expect(await refusalOf(api.startSync())).to.include({ code: "AGENT_OFFLINE" });

      await program.stop();
      const before = program.log().length;
      program.start();
      await waitFor("the refusal", () => program.log().slice(before).includes('"code":"AGENT_REVOKED"'));
      expect(program.log().slice(before)).to.contain(ERRORS.AGENT_REVOKED.fix);
      const configFile = join(installation.folder, "pending.yaml");
      const { stdout } = await createCommands(installation, configFile).latchkeyAgent(["status"]);
      expect(stdout)
        .to.match(/link +waiting: The agent was revoked\./)
        .and.to.contain(ERRORS.AGENT_REVOKED.fix);
      expect(
        JSON.parse((await ops("agent", "approve", agentId, "--fingerprint", fingerprint)).stderr),
      ).to.include({ code: "AGENT_REVOKED" });
    });
  });

  it("locks an agent whose state directory was copied: both copies are refused and told why (T-19)", async () => {
    const api = createApiClient(installation);
    const original = await installation.addAgent("original");
    const isConnected = (name: string) => async () =>
      (await api.agents()).some((agent) => agent.name === name && agent.connected);
    original.start();
    await waitFor("the original to connect", isConnected("original"));
    await original.stop();
    const { folder } = installation;
    await cp(join(folder, "original"), join(folder, "copy"), { recursive: true, preserveTimestamps: true });
    original.start(); // continues, so that the copy falls behind
    await waitFor("the original to connect again", isConnected("original"));

    await installation.writeAgentConfig("copy");
    const copy = installation.agentProgram("copy");
    copy.start();

    for (const program of [original, copy])
      await waitFor("the lock to be told", () => program.log().includes('"code":"AGENT_LOCKED"'));
    expect(copy.log()).to.contain(ERRORS.AGENT_LOCKED.fix);
    const locked = (await api.agents()).find(({ name }) => name === "original");
    expect(locked).to.include({ state: "locked", connected: false });
    const { items } = (await installation.api("GET", `/tenants/${installation.tenantId}/audit`)).body;
    expect(JSON.stringify(items)).to.contain("agent.locked");
  });
});
