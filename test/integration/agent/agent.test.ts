import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import type { AgentHandle } from "../../../agent/agent.ts";
import { freePort } from "../../../lab/free-port.ts";
import type { OpenLdap } from "../../../lab/openldap.ts";
import { AppError } from "../../../shared/errors.ts";
import {
  type AgentHost,
  directorySettings,
  prepareHost,
  startSyncNode,
  type SyncNode,
} from "../../support/agent-host.ts";
import { sharedOpenLdap } from "../../support/openldap.ts";
import { waitFor } from "../../support/wait-for.ts";

describe("the agent, with a directory and a cloud", function () {
  this.timeout(160_000);
  let ldap: OpenLdap;
  let node: SyncNode;
  let host: AgentHost;
  let agent: AgentHandle;
  let fingerprint: string;
  let secrets: string;
  let unit: string;

  before(async () => {
    ldap = await sharedOpenLdap();
    node = await startSyncNode();
    secrets = await mkdtemp(join(tmpdir(), "latchkey-secrets-"));
    unit = ldap.dn("ou=agent-test");
    await ldap.addUnit(unit);
    await ldap.addUser(unit, { mobile: "0470 12 34 56" });
    const settings = await directorySettings(secrets, { ...ldap, peopleDn: unit });
    host = await prepareHost({
      cloudUrl: node.gateway.url,
      directory: settings,
      more: { metrics: { listen: "127.0.0.1:0" } },
    });
  });
  after(async () => {
    await host.close();
    await node.close();
    await rm(secrets, { recursive: true, force: true });
  });

  const isReady = () => agent.status().link.phase === "ready" && agent.status().directory.healthy;

  it("does not start before it is enrolled, and says what to do", async () => {
    const { exit, err } = await host.run("status");
    expect([exit, err.includes("AGENT_NOT_RUNNING")]).to.deep.equal([3, true]);

    const fault: unknown = await host.start().catch((error: unknown) => error);

    expect(fault).to.be.instanceOf(AppError).and.have.property("code", "AGENT_NOT_ENROLLED");
  });

  it("enrols with a token from a file and prints what to approve", async () => {
    const tokenFile = await host.writeToken(await node.gateway.newToken(node.tenantId));

    const { exit, out, err } = await host.run("enroll", "--token-file", tokenFile);

    expect([exit, err]).to.deep.equal([0, ""]);
    const [, agentId = "", found = ""] =
      /latchkey agent approve (\S+) --tenant \S+ --fingerprint (\S+)/.exec(out) ?? [];
    fingerprint = found;
    expect(out).to.contain(`Fingerprint: ${fingerprint}`);
    await node.gateway.agentApproval.approve(node.tenantId, agentId, { fingerprint, by: "system" });
    expect((await host.run("enroll", "--token-file", tokenFile)).exit).to.equal(4);
  });

  it("passes doctor without a running agent", async () => {
    const report = await host.json("doctor");

    const checks = report["checks"] as { name: string; status: string; detail: string }[];
    const failed = checks.filter(({ status }) => status === "fail");
    expect(failed).to.deep.equal([]);
    expect(checks.find(({ name }) => name === "link")?.detail).to.contain(
      "no agent is running on this host now",
    );
    expect(checks.find(({ name }) => name === "clock")?.status).to.equal("pass");
  });

  it("starts, connects and is ready", async () => {
    agent = await host.start();
    await waitFor("the agent to be ready", isReady);

    const ready = await fetch(`${agent.metricsUrl ?? ""}/readyz`);
    const { out } = await host.run("status");

    expect(ready.status).to.equal(200);
    expect(out)
      .to.match(/^link +ready/m)
      .and.to.match(/^approved +yes/m)
      .and.to.contain(fingerprint);
  });

  it("syncs when this host says so", async () => {
    const { exit, out } = await host.run("sync", "--policy", "initial");

    expect(exit).to.equal(0);
    expect(out)
      .to.match(/^read +added +changed/m)
      .and.to.match(/^1 +1 +0 +0 +0 +0 +0$/m);
    const [user] = await node.cloud.users.search(node.tenantId, "", 10);
    expect(user?.mobile).to.equal("+32470123456");
  });

  it("brings a new number up when the cloud says so", async () => {
    const [user] = await node.cloud.users.search(node.tenantId, "", 10);
    await ldap.setMobile(user?.userName ?? "", "+32 470 99 88 77");
    await ldap.addUser(unit, { mobile: "nonsense" });

    const run = await node.cloud.sync.request({
      tenantId: node.tenantId,
      policy: "delta",
      user: null,
      dryRun: false,
      source: 1,
      requestedBy: "key:test",
    });
    const ended = await node.cloud.sync.waitFor(node.tenantId, run.id, 15_000);

    expect(ended).to.include({ state: "done", full: false });
    expect(ended.counts).to.include({ added: 1, changed: 1, unusableNumbers: 1 });
    expect((await node.cloud.users.get(node.tenantId, user?.id ?? ""))?.mobile).to.equal("+32470998877");
  });

  it("says what a dry run would do, and does nothing", async () => {
    const added = await ldap.addUser(unit);

    const result = await host.json("sync", "--dry-run");

    expect(result["counts"]).to.include({ added: 1 });
    expect(await node.cloud.users.get(node.tenantId, added.id)).to.equal(null);
  });

  it("syncs one user by name", async () => {
    const added = await ldap.addUser(unit);

    const result = await host.json("sync", "--user", added.name);

    expect(result["counts"]).to.include({ read: 1, added: 1 });
    expect((await host.run("sync", "--user", "no-such-user")).exit).to.equal(2);
  });

  it("keeps a second agent off its state", async () => {
    const fault: unknown = await host.start().catch((error: unknown) => error);

    expect(fault).to.be.instanceOf(AppError).and.have.property("code", "AGENT_ALREADY_RUNNING");
  });

  it("passes doctor while it runs, and is not pushed off by it", async () => {
    const { sessionId } = agent.status().link;

    const report = await host.json("doctor");

    expect((report["summary"] as { failed: number }).failed).to.equal(0);
    expect(agent.status().link.sessionId).to.equal(sessionId);
  });

  it("prints the permissions its accounts need", async () => {
    const { exit, out } = await host.run("doctor", "--print-permissions");

    expect(exit).to.equal(0);
    expect(out.length).to.be.greaterThan(20);
  });

  it("stops quickly and leaves nothing behind", async () => {
    const startedMs = performance.now();
    await agent.close();

    expect(performance.now() - startedMs).to.be.below(5_000);
    expect((await host.run("status")).exit).to.equal(3);
  });
});

describe("the agent, with neither directory nor cloud", () => {
  it("starts, says what is missing, and stops", async function () {
    this.timeout(80_000);
    const node = await startSyncNode();
    const secrets = await mkdtemp(join(tmpdir(), "latchkey-secrets-"));
    const account = { dn: "cn=sync,dc=lab", password: "Passw0rd!" };
    const settings = await directorySettings(secrets, {
      url: `ldaps://127.0.0.1:${await freePort()}`,
      peopleDn: "ou=people,dc=lab",
      syncAccount: account,
      writebackAccount: account,
    });
    const host = await prepareHost({
      cloudUrl: node.gateway.url,
      directory: settings,
      more: { metrics: { listen: "127.0.0.1:0" } },
    });
    try {
      const tokenFile = await host.writeToken(await node.gateway.newToken(node.tenantId));
      await host.run("enroll", "--token-file", tokenFile);
      await node.close();

      const agent = await host.start();
      await waitFor("both to be missed", () => {
        const { link, directory } = agent.status();
        return link.lastError !== null && directory.error !== null;
      });
      const ready = await fetch(`${agent.metricsUrl ?? ""}/readyz`);
      const doctor = await host.run("doctor");
      const sync = await host.run("sync");

      expect(ready.status).to.equal(503);
      expect(await ready.text())
        .to.contain("link: CLOUD_UNREACHABLE")
        .and.to.contain("directory: DIRECTORY_");
      expect(doctor.exit).to.equal(4);
      expect(doctor.out)
        .to.match(/^FAIL {2}cloud TLS/m)
        .and.to.match(/^SKIP {2}link/m);
      expect(doctor.out).to.match(/SUMMARY: \d+ passed, [1-9]\d* failed, \d+ skipped\n$/);
      expect([sync.exit, sync.err.includes("LINK_CLOSED")]).to.deep.equal([3, true]);
      await agent.close();
    } finally {
      await host.close();
      await rm(secrets, { recursive: true, force: true });
    }
  });
});
