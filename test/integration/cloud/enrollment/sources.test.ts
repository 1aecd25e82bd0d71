import { expect } from "chai";
import { newId } from "../../../../shared/ids.ts";
import type { FakeAgent } from "../../../support/fake-agent.ts";
import { type GatewayNode, newTenantId, startGatewayNode } from "../../../support/gateway-node.ts";
import { sharedRedis } from "../../../support/redis.ts";
import { rejection } from "../../../support/rejection.ts";
import { statedDirectory } from "../../../support/stated-directory.ts";
import { waitFor } from "../../../support/wait-for.ts";

const factory = statedDirectory("factory.test");
const ordered = () =>
  ({ runId: newId(), policy: "delta", trigger: "schedule", dryRun: false, user: null }) as const;

describe("binding agents to directories", () => {
  let node: GatewayNode;
  before(async () => {
    node = await startGatewayNode({ connection: (await sharedRedis()).connection });
  });
  after(() => node.close());

  const approve = ({ tenantId, agentId, fingerprint }: FakeAgent, newSource?: string | boolean) =>
    node.agentApproval.approve(tenantId, agentId, { fingerprint, by: "key:1", newSource });
  const factsOf = (stated: typeof factory | null) =>
    ({ dialect: "openldap", server: "ldap.example.com", healthy: stated !== null, stated }) as const;

  it("makes the first directory a source, and binds further agents of the same directory to it", async () => {
    const tenantId = newTenantId();
    const first = await node.newAgent(tenantId);
    const second = await node.newAgent(tenantId, { approved: false });
    const links = await Promise.all([first.connect(), second.connect()]);
    await Promise.all(links.map((link) => node.untilReady(link)));

    expect(await approve(second)).to.include({ state: "approved", source: 1 });
    expect(await node.sources.list(tenantId)).to.have.length(1);
    expect(await node.agents.recipients(tenantId, 1)).to.have.length(2);
    await Promise.all(links.map((link) => link.close()));
  });

  it("refuses an agent of another directory and names both, unless it is told to add a source", async () => {
    const tenantId = newTenantId();
    await node.newAgent(tenantId);
    const other = await node.newAgent(tenantId, { approved: false, directory: factory });

    const error = await rejection(approve(other));

    expect(error).to.include({ code: "AGENT_OTHER_DIRECTORY" });
    expect(error.message).to.include("factory.test").and.to.include("example.com");
    expect(await node.agents.get(tenantId, other.agentId)).to.include({ state: "pending" });
    expect(await approve(other, "Factory")).to.include({ state: "approved", source: 2 });
    expect((await node.sources.list(tenantId)).map(({ name }) => name)).to.deep.equal([
      "example.com",
      "Factory",
    ]);
    const link = await other.connect({ directory: factsOf(factory) });
    await node.untilReady(link);
    const recipients = await node.agents.recipients(tenantId, 2);
    expect(recipients.map(({ agentId }) => agentId)).to.deep.equal([other.agentId]);
    await link.close();
  });

  it("does not approve an agent that has not stated its directory", async () => {
    const agent = await node.newAgent(newTenantId(), { approved: false, directory: null });

    expect(await rejection(approve(agent))).to.include({ code: "AGENT_DIRECTORY_UNKNOWN" });
  });

  it("gives an approved agent no run before it has reached its directory, and then at once", async () => {
    const agent = await node.newAgent();
    const link = await agent.connect({ directory: factsOf(null) });
    await node.untilReady(link);
    const begin = () => link.request("sync.begin", ordered(), ["sync.begun"], 2_000);

    expect(await rejection(begin())).to.include({ code: "AGENT_DIRECTORY_UNKNOWN" });
    await link.request("directory.announce", factsOf(statedDirectory()), ["ack"], 2_000);

    expect((await begin()).type).to.equal("sync.begun");
    await link.close();
  });

  it("shows an agent that was pointed to another directory, audits it once, and gives it nothing", async () => {
    const tenantId = newTenantId();
    const agent = await node.newAgent(tenantId);
    for (const round of [1, 2]) {
      const link = await agent.connect({ directory: factsOf(factory) });
      await node.untilReady(link);
      const refused = await rejection(link.request("sync.begin", ordered(), ["sync.begun"], 2_000));
      expect(refused, `connection ${round}`).to.include({ code: "AGENT_OTHER_DIRECTORY" });
      expect(node.gateway.session(tenantId, agent.agentId)).to.include({ source: null });
      await link.close();
      await waitFor("the end of the session", () => !node.gateway.session(tenantId, agent.agentId));
    }

    expect(await node.agents.recipients(tenantId, 1)).to.deep.equal([]);
    const noted = node.auditOf(agent).filter(({ action }) => action === "agent.other_directory");
    expect(noted).to.have.length(1);
    expect(noted[0]).to.include({ outcome: "refused", code: "AGENT_OTHER_DIRECTORY" });
  });

  it("lets only the first, unapproved agent of a tenant sync, and only while there is no other source", async () => {
    const tenantId = newTenantId();
    const first = await node.newAgent(tenantId, { approved: false });
    const second = await node.newAgent(tenantId, { approved: false, directory: factory });
    const [one, two] = [await first.connect(), await second.connect({ directory: factsOf(factory) })];
    await node.untilReady(one);
    await node.untilReady(two);

    expect((await one.request("sync.begin", ordered(), ["sync.begun"], 2_000)).type).to.equal("sync.begun");
    expect(await rejection(two.request("sync.begin", ordered(), ["sync.begun"], 2_000))).to.include({
      code: "AGENT_NOT_APPROVED",
    });
    await Promise.all([one.close(), two.close()]);
  });
});
