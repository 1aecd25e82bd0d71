import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import type { OpenLdap } from "../../../../lab/openldap.ts";
import { CloseStack } from "../../../../shared/shutdown.ts";
import {
  type AgentHost,
  directorySettings,
  prepareHost,
  startSyncNode,
  type SyncNode,
} from "../../../support/agent-host.ts";
import { sharedOpenLdap } from "../../../support/openldap.ts";
import { waitFor } from "../../../support/wait-for.ts";

interface Installed {
  readonly node: SyncNode;
  readonly host: AgentHost;
}

describe("entries and values of OpenLDAP that cannot be used", function () {
  this.timeout(120_000);
  let ldap: OpenLdap;
  let secrets: string;
  const open = new CloseStack();

  before(async () => {
    ldap = await sharedOpenLdap();
    secrets = await mkdtemp(join(tmpdir(), "latchkey-secrets-"));
  });
  after(async () => {
    await open.close();
    await rm(secrets, { recursive: true, force: true });
  });

  /** Starts a cloud and an approved agent that serves one unit. */
  async function install(
    unit: string,
    directory: Readonly<Record<string, unknown>> = {},
  ): Promise<Installed> {
    const node = await startSyncNode();
    open.add(node);
    const settings = { ...(await directorySettings(secrets, { ...ldap, peopleDn: unit })), ...directory };
    const host = await prepareHost({ cloudUrl: node.gateway.url, directory: settings });
    open.add(host);
    const tokenFile = await host.writeToken(await node.gateway.newToken(node.tenantId));
    const { out } = await host.run("enroll", "--token-file", tokenFile);
    const [, agentId = "", fingerprint = ""] =
      /latchkey agent approve (\S+) --tenant \S+ --fingerprint (\S+)/.exec(out) ?? [];
    await node.gateway.agentApproval.approve(node.tenantId, agentId, { fingerprint, by: "system" });
    const agent = await host.start();
    await waitFor("the agent to be ready", () => agent.status().link.phase === "ready");
    return { node, host };
  }

  it("are in the run and in the dry run by DN, id, attribute and reason, and cost no other user", async () => {
    const unit = ldap.dn("ou=partly-usable");
    await ldap.addUnit(unit);
    const good = await ldap.addUser(unit);
    const named = await ldap.addUser(unit, { displayName: "Jan\u0007 Peeters", cn: "Jan Peeters" });
    const nameless = `cn=Nameless,${unit}`;
    await (await ldap.admin()).add(nameless, { objectClass: "inetOrgPerson", cn: "Nameless", sn: "Less" });
    const { node, host } = await install(unit);
    const { tenantId, cloud } = node;

    const dry = await host.run("sync", "--dry-run");
    expect([dry.exit, await cloud.users.count(tenantId)]).to.deep.equal([0, 0]);
    expect(dry.out)
      .to.match(new RegExp(`${nameless} +uid +no user name`))
      .and.to.match(new RegExp(`${named.dn} +displayName +invalid text`));

    const result = await host.json("sync");

    expect(result).to.deep.include({ state: "done" });
    const listed = await cloud.problems.ofRun(tenantId, String(result["runId"]));
    expect(listed.map(({ what, dn, attribute, reason }) => [what, dn, attribute, reason])).to.deep.equal([
      ["entry", nameless, "uid", "no_user_name"],
      ["value", named.dn, "displayName", "invalid_text"],
    ]);
    expect(listed.map(({ id }) => id?.length)).to.deep.equal([32, 32]);
    expect(result["problems"]).to.deep.include({ total: 2 });
    expect(await cloud.users.get(tenantId, good.id)).not.to.equal(null);
    expect(await cloud.users.get(tenantId, named.id)).to.deep.include({
      displayName: "Jan Peeters",
      valueProblems: [{ attribute: "displayName", problem: "invalid_text" }],
    });
  });

  it("fail the run when it can use nobody, and the error names the attribute and the right one", async () => {
    const unit = ldap.dn("ou=nobody-usable");
    await ldap.addUnit(unit);
    await ldap.addUser(unit);
    await ldap.addUser(unit);
    const { node, host } = await install(unit, { idAttribute: "employeeNumber" });
    const { tenantId, cloud } = node;

    for (const args of [["sync", "--dry-run"], ["sync"]]) {
      const { exit, err } = await host.run(...args);

      expect(exit, err).to.equal(4);
      expect(err)
        .to.contain("None of the 2 entries")
        .and.to.contain("2 with no usable employeeNumber (id)")
        .and.to.contain("Set directory.idAttribute to entryUUID")
        .and.to.contain("SYNC_NOBODY_USABLE");
      expect(err).not.to.contain(unit);
    }

    const [run] = await cloud.sync.list(tenantId, 1);
    expect(run).to.include({ state: "failed", code: "SYNC_NOBODY_USABLE", problems: 2 });
    expect((await cloud.problems.ofRun(tenantId, run?.id ?? "")).map(({ reason }) => reason)).to.deep.equal([
      "no_id",
      "no_id",
    ]);
  });

  it("fail the run when the server has no such id attribute, and the error names it", async () => {
    const unit = ldap.dn("ou=foreign-id");
    await ldap.addUnit(unit);
    await ldap.addUser(unit);
    const { node, host } = await install(unit, { idAttribute: "ipaUniqueID" });

    for (const args of [["sync", "--dry-run"], ["sync"]]) {
      const { exit, err } = await host.run(...args);

      expect(exit, err).to.equal(2);
      expect(err).to.contain("directory.idAttribute").and.to.contain("ipaUniqueID");
    }
    const [run] = await node.cloud.sync.list(node.tenantId, 1);
    expect(run).to.include({ state: "failed", code: "CONFIG_INVALID" });
  });

  it("fail the run of one user who cannot be used, with the reason", async () => {
    const unit = ldap.dn("ou=one-unusable");
    await ldap.addUnit(unit);
    const user = await ldap.addUser(unit, { employeeNumber: "4711" });
    const { host } = await install(unit);
    expect((await host.run("sync", "--policy", "initial")).exit).to.equal(0);
    await ldap.set(user.dn, { uid: [user.name, "a\u0007b"] });

    const { exit, err } = await host.run("sync", "--user", user.id);

    expect(exit, err).to.equal(4);
    expect(err).to.contain("1 with characters in uid that no name may have");
  });
});
