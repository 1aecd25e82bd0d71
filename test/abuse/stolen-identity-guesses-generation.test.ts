/** Attacks with a copy of an agent's identity, from a backup of its host, that lacks the newest generation. */
import { expect } from "chai";
import { Redis } from "ioredis";
import { keys } from "../../cloud/store/keys.ts";
import { approveAgent, enrolAgent, showAgent } from "../support/agent-attacks.ts";
import { sharedCloud, type TestCloud } from "../support/cloud.ts";
import type { FakeAgent } from "../support/fake-agent.ts";
import { waitFor } from "../support/wait-for.ts";

describe("a thief of an agent's identity", () => {
  let cloud: TestCloud;
  let redis: Redis;
  before(async () => {
    cloud = await sharedCloud();
    redis = new Redis(cloud.redis.url);
  });
  after(() => redis.disconnect());

  /** An approved agent that has connected some times. */
  async function usedAgent(): Promise<FakeAgent> {
    const agent = await enrolAgent(cloud, await cloud.newTenant());
    await approveAgent(cloud, agent);
    for (let connections = 0; connections < 3; connections++) await (await agent.connect()).close();
    return agent;
  }
  const present = async (agent: FakeAgent, generation: number): Promise<string> =>
    (JSON.parse((await agent.refusedWith({ proof: { generation } })).body) as { code: string }).code;

  it("is refused with a generation far above the agent's, and the agent goes on working (finding 18, T-19)", async () => {
    const agent = await usedAgent();

    expect(await present(agent, 9_000_000)).to.equal("AGENT_AHEAD");

    const link = await agent.connect();
    expect(link.welcome.generation).to.equal(4);
    expect(await showAgent(cloud, agent)).to.include({ state: "approved" });
    await waitFor("the audit entry", async () => {
      const path = `/api/v1/tenants/${agent.tenantId}/audit`;
      const { body } = await cloud.api<{ items: { action: string }[] }>("GET", path);
      return body.items.some(({ action }) => action === "agent.ahead");
    });
    await link.close();
  });

  it("has one guess: another generation far above locks the agent, since an honest one presents the same again (finding 18, T-19)", async () => {
    const agent = await usedAgent();
    expect(await present(agent, 9_000_000)).to.equal("AGENT_AHEAD");
    expect(await present(agent, 9_000_000)).to.equal("AGENT_AHEAD");

    expect(await present(agent, 4_500_000)).to.equal("AGENT_LOCKED");

    expect(await showAgent(cloud, agent)).to.include({ state: "locked", decidedBy: "system" });
  });

  it("cannot be told from an agent whose cloud lost its last second, which is let in at once (finding 18)", async () => {
    const agent = await usedAgent();
    await redis.hincrby(keys.agent(agent.tenantId, agent.agentId), "generation", -2);

    const link = await agent.connect();

    expect(link.welcome.generation).to.equal(4);
    await link.close();
  });

  it("gains nothing from a restored Redis: the agent waits until an administrator names its generation (finding 18, T-19)", async () => {
    const agent = await usedAgent();
    agent.generation = 40;
    expect(await present(agent, agent.generation)).to.equal("AGENT_AHEAD");
    expect((await approveAgent(cloud, agent)).status).to.equal(200);
    expect(await present(agent, agent.generation)).to.equal("AGENT_AHEAD");

    expect((await approveAgent(cloud, agent, { generation: 40 })).status).to.equal(200);

    const link = await agent.connect();
    expect(link.welcome.generation).to.equal(41);
    await link.close();
  });
});
