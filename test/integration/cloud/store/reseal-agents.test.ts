import { expect } from "chai";
import { createRecordMac } from "../../../../cloud/keys/record-mac.ts";
import { createAgentStore } from "../../../../cloud/store/agents.ts";
import { keys } from "../../../../cloud/store/keys.ts";
import { resealAgents } from "../../../../cloud/store/reseal-agents.ts";
import { createSourceStore } from "../../../../cloud/store/sources.ts";
import { openStore } from "../../../../cloud/store/store.ts";
import { systemClock } from "../../../../shared/clock.ts";
import { silentLogger } from "../../../../shared/logger.ts";
import { Secret } from "../../../../shared/secret.ts";
import { type GatewayNode, newTenantId, startGatewayNode } from "../../../support/gateway-node.ts";
import { storeWithWork } from "../../../support/meanwhile.ts";
import { RECORD_SEED } from "../../../support/record-mac.ts";
import { sharedRedis } from "../../../support/redis.ts";
import { rejection } from "../../../support/rejection.ts";

const ADOPT = { adoptUnsigned: true, dryRun: false };
const NEW_SEED = new Secret(Buffer.alloc(32, 9).toString("base64url"));

describe("sealing the records of agents once more", () => {
  let node: GatewayNode;
  before(async () => {
    node = await startGatewayNode({ connection: (await sharedRedis()).connection });
  });
  after(() => node.close());

  /** A tenant with an approved agent, a pending one and an open token. */
  async function tenantInUse() {
    const tenantId = newTenantId();
    const agent = await node.newAgent(tenantId);
    await node.newAgent(tenantId, { approved: false });
    await node.newToken(tenantId);
    return { tenantId, agent };
  }
  /** Leaves the records as a version without MACs wrote them. */
  async function removeMacs(tenantId: string): Promise<void> {
    const { redis } = node.store;
    for (const id of await redis.zrange(keys.agents(tenantId), "0", "-1"))
      await redis.hdel(keys.agent(tenantId, id), "enrolment", "approval");
    for (const id of await redis.zrange(keys.enrollments(tenantId), "0", "-1"))
      await redis.hdel(keys.enrollment(tenantId, id), "mac");
    await redis.hdel(keys.sources(tenantId), "1:mac", "approvedOnce");
  }
  const stateOf = async (tenantId: string, agentId: string) =>
    (await node.agents.get(tenantId, agentId)).state;

  it("adopts records without a code only when told to, and they are refused until then", async () => {
    const { tenantId, agent } = await tenantInUse();
    await removeMacs(tenantId);
    expect(await stateOf(tenantId, agent.agentId)).to.equal("forged");
    expect(await rejection(node.sources.list(tenantId))).to.include({ code: "RECORD_FORGED" });
    expect(await node.enrollment.list(tenantId)).to.have.length(0);

    const asked = await resealAgents(node.store, tenantId, { adoptUnsigned: false, dryRun: false });
    const tried = await resealAgents(node.store, tenantId, { adoptUnsigned: true, dryRun: true });
    expect(await stateOf(tenantId, agent.agentId)).to.equal("forged");
    const done = await resealAgents(node.store, tenantId, ADOPT);

    // Two agents, a source, a token; the tokens of the agents are used.
    expect(asked).to.deep.equal({ sealed: 0, adopted: 0, refused: 4 });
    expect([tried, done]).to.deep.equal([
      { sealed: 0, adopted: 4, refused: 0 },
      { sealed: 0, adopted: 4, refused: 0 },
    ]);
    expect(await stateOf(tenantId, agent.agentId)).to.equal("approved");
    expect(await node.sources.list(tenantId)).to.have.length(1);
    expect((await node.enrollment.list(tenantId)).map(({ state }) => state)).to.deep.equal(["open"]);
    expect(await node.store.redis.hget(keys.sources(tenantId), "approvedOnce")).to.equal("1");
  });

  it("does not bring back a token or a source that ended between being read and sealed", async () => {
    const { redis } = node.store;
    const { tenantId } = await tenantInUse();
    await removeMacs(tenantId);
    const ids = await redis.zrange(keys.enrollments(tenantId), "0", "-1");
    const states = await node.enrollment.list(tenantId);
    expect(states).to.have.length(0); // refused: none has a code
    for (const key of [...ids.map((id) => keys.enrollment(tenantId, id)), keys.sources(tenantId)]) {
      const slow = storeWithWork(node.store, { command: "hgetall", key }, () => redis.del(key));
      await resealAgents(slow.store, tenantId, ADOPT);
      expect(slow.ran(), `${key} was read`).to.equal(true);
      expect(await redis.hget(key, key === keys.sources(tenantId) ? "1:mac" : "mac"), key).to.equal(null);
    }
  });

  it("never adopts a record with a wrong code, nor gives a revoked agent one", async () => {
    const { tenantId, agent } = await tenantInUse();
    const revoked = await node.newAgent(tenantId);
    await node.agents.revoke(tenantId, revoked.agentId, "key:1");
    await node.store.redis.hset(keys.agent(tenantId, agent.agentId), "approval", "A".repeat(22));

    expect(await resealAgents(node.store, tenantId, ADOPT)).to.deep.equal({
      sealed: 3,
      adopted: 0,
      refused: 1,
    });

    expect(await stateOf(tenantId, agent.agentId)).to.equal("forged");
    expect(await node.store.redis.hget(keys.agent(tenantId, revoked.agentId), "approval")).to.equal(null);
  });

  it("moves records from an earlier key to the one in use", async () => {
    const { tenantId, agent } = await tenantInUse();
    const open = (seeds: [Secret, ...Secret[]]) =>
      openStore({
        connection: node.store.connection,
        mac: createRecordMac(seeds),
        log: silentLogger,
      });
    const [both, only] = await Promise.all([open([NEW_SEED, RECORD_SEED]), open([NEW_SEED])]);

    expect(await resealAgents(both, tenantId, { adoptUnsigned: false, dryRun: false })).to.deep.equal({
      sealed: 4,
      adopted: 0,
      refused: 0,
    });

    const agents = createAgentStore({ store: only, clock: systemClock });
    expect((await agents.get(tenantId, agent.agentId)).state).to.equal("approved");
    expect(await createSourceStore({ store: only }).list(tenantId)).to.have.length(1);
    await Promise.all([both.close(), only.close()]);
  });
});
