/** Attacks by a writer of Redis who wants an agent: to read the passwords that are set, or to change numbers. It has no key file. */
import { expect } from "chai";
import { Redis } from "ioredis";
import { keys } from "../../cloud/store/keys.ts";
import { newId } from "../../shared/ids.ts";
import { formatEnrollmentToken, parseEnrollmentToken } from "../../shared/sealing/enrollment.ts";
import { generateSigningKey } from "../../shared/sealing/signing-key.ts";
import { Secret } from "../../shared/secret.ts";
import {
  approveAgent,
  beginRun,
  enrolAgent,
  revokeAgent,
  showAgent,
  syncNumber,
  VICTIM,
  victimsNumber,
} from "../support/agent-attacks.ts";
import { sharedCloud, type TestCloud } from "../support/cloud.ts";
import { connectCloudAgent } from "../support/cloud-agent.ts";
import { enrollFakeAgent, type FakeAgent } from "../support/fake-agent.ts";
import { rejection } from "../support/rejection.ts";
import { waitFor } from "../support/wait-for.ts";

describe("a writer of Redis who wants an agent", () => {
  let cloud: TestCloud;
  let redis: Redis;
  before(async () => {
    cloud = await sharedCloud();
    redis = new Redis(cloud.redis.url);
  });
  after(() => redis.disconnect());

  /** A tenant with an approved agent that has synced the victim. */
  async function tenantInUse() {
    const tenantId = await cloud.newTenant();
    const agent = await connectCloudAgent(cloud, tenantId);
    await agent.sync([VICTIM]);
    return { tenantId, agent };
  }
  const recipientsIn = async (tenantId: string): Promise<string[]> => {
    const path = `/api/v1/tenants/${tenantId}/writeback-drafts`;
    const draft = { user: VICTIM.id, operation: "reset" };
    const answer = await cloud.api<{ code?: string; recipients?: { agentId: string }[] }>(
      "POST",
      path,
      draft,
    );
    if (answer.body.code === "AGENT_OFFLINE") return [];
    if (answer.body.recipients === undefined) throw new Error(JSON.stringify(answer.body));
    return answer.body.recipients.map(({ agentId }) => agentId);
  };
  const refusalsIn = async (tenantId: string): Promise<string[]> => {
    const { body } = await cloud.api<{ items: { action: string; subject: string }[] }>(
      "GET",
      `/api/v1/tenants/${tenantId}/audit`,
    );
    return body.items.filter(({ action }) => action === "record.refused").map(({ subject }) => subject);
  };
  /** Does what an approval does, without the key of the nodes. */
  async function approveInRedis({ tenantId, agentId }: FakeAgent, approval = "A".repeat(22)): Promise<void> {
    const sourceKey = (await redis.hget(keys.sources(tenantId), "1:key")) ?? "";
    const decision = { state: "approved", decidedAt: Date.now(), decidedBy: "key:1", approval };
    await redis.hset(keys.agent(tenantId, agentId), { ...decision, source: 1, sourceKey });
    await redis.sadd(keys.agentsApproved(tenantId), agentId);
  }

  it("makes no token: an enrolment with it is refused, since a token carries a code of the nodes (finding 4 d, T-16)", async () => {
    const { tenantId, agent } = await tenantInUse();
    const path = `/api/v1/tenants/${tenantId}/enrollments`;
    const { body } = await cloud.api<{ token: string }>("POST", path, { name: "dc2" });
    const known = parseEnrollmentToken(new Secret(body.token));
    const own = generateSigningKey();
    const tokenId = newId();
    const copied = await redis.hgetall(keys.enrollment(tenantId, known.tokenId));
    await redis.hset(keys.enrollment(tenantId, tokenId), { ...copied, tokenId, publicKey: own.publicKey });
    const token = formatEnrollmentToken({ ...known, tokenId, seed: own.seed });

    const enrolled = enrollFakeAgent({ url: cloud.url, token }).then(
      () => "enrolled",
      (error: unknown) => String(error),
    );

    expect(await enrolled).to.contain("RECORD_FORGED");

    await waitFor("the audit entry", async () =>
      (await refusalsIn(tenantId)).includes("record:enrolment_token"),
    );
    await agent.close();
  });

  it("approves no agent: no password is sealed to it, and it may neither connect nor sync (finding 4 d, T-16)", async () => {
    const { tenantId, agent } = await tenantInUse();
    const rogue = await enrolAgent(cloud, tenantId);
    const link = await rogue.connect();
    await waitFor("the agent to be connected", async () => (await showAgent(cloud, rogue)).connected);

    await approveInRedis(rogue);

    expect(await recipientsIn(tenantId)).to.deep.equal([agent.agent.agentId]);
    expect((await rejection(beginRun(link))).code).to.equal("AGENT_NOT_APPROVED");
    await link.close();
    const again = await rogue.refusedWith();
    expect(again.status).to.equal(403);
    expect(again.body).to.contain("RECORD_FORGED");
    expect(await showAgent(cloud, rogue)).to.include({ state: "forged", problem: "RECORD_FORGED" });
    await waitFor("the audit entry", async () => (await refusalsIn(tenantId)).includes("record:agent"));
    await agent.close();
  });

  it("gives the approval of one agent to no other, nor an agent another identity (finding 4 d, T-16)", async () => {
    const { tenantId, agent } = await tenantInUse();
    const { agentId } = agent.agent;
    const key = keys.agent(tenantId, agentId);
    const rogue = await enrolAgent(cloud, tenantId);
    const { approval = "" } = await redis.hgetall(key);
    await approveInRedis(rogue, approval);
    expect(await recipientsIn(tenantId)).to.deep.equal([agentId]);

    const [sealingKeys, identityKey] = [JSON.stringify(rogue.sealingKeys), rogue.identityKey.publicKey];
    await redis.hset(key, {
      identityKey,
      sealingKeys: sealingKeys.replaceAll(rogue.agentId, agentId),
    });

    expect(await recipientsIn(tenantId)).to.deep.equal([]);
    expect(await showAgent(cloud, agent.agent)).to.include({ state: "forged" });
    await agent.close();
  });

  it("brings no revoked agent back, since its approval is gone (finding 4 d, T-16)", async () => {
    const { tenantId, agent } = await tenantInUse();
    await revokeAgent(cloud, agent.agent);

    await redis.hset(keys.agent(tenantId, agent.agent.agentId), "state", "approved");
    await redis.sadd(keys.agentsApproved(tenantId), agent.agent.agentId);

    expect(await recipientsIn(tenantId)).to.deep.equal([]);
    expect((await agent.agent.refusedWith()).body).to.contain("RECORD_FORGED");
    await agent.close();
  });

  it("moves no agent of a test directory to the people of another one (finding 4 d, T-16)", async () => {
    const { tenantId, agent } = await tenantInUse();
    const key = keys.agent(tenantId, agent.agent.agentId);

    await redis.hset(key, "source", 2);

    expect((await rejection(beginRun(agent.link))).code).to.equal("AGENT_NOT_APPROVED");
    await agent.close();
  });

  it("gives no pending agent the tenant by forgetting its approved ones, since the token says what it was made for (finding 4 d, T-20)", async () => {
    const { tenantId, agent } = await tenantInUse();
    const number = await victimsNumber(cloud, tenantId);
    const rogue = await enrolAgent(cloud, tenantId);
    await agent.close();

    await redis.hdel(keys.sources(tenantId), "approvedOnce", "numbers");
    await redis.del(keys.agentsApproved(tenantId));
    await redis.hset(keys.agent(tenantId, rogue.agentId), "first", "1");
    expect((await rogue.refusedWith()).body).to.contain("RECORD_FORGED");
    await redis.hset(keys.agent(tenantId, rogue.agentId), "first", "");
    const link = await rogue.connect();

    expect((await rejection(syncNumber(link, "+32479666666", "rogue's"))).code).to.equal(
      "AGENT_NOT_APPROVED",
    );
    await redis.hset(keys.sources(tenantId), "numbers", "1");
    expect(await victimsNumber(cloud, tenantId)).to.equal(number);
    await link.close();
  });

  it("binds no directory of its own to the number of a source (finding 4 d, T-16)", async () => {
    const { tenantId, agent } = await tenantInUse();
    const waiting = await enrolAgent(cloud, tenantId);
    const identity = (await redis.hget(keys.sources(tenantId), "1:identity")) ?? "";
    await redis.hset(keys.sources(tenantId), {
      "1:key": "id:of-another-directory",
      "1:identity": identity.replace(/"key":"[^"]*"/, '"key":"id:of-another-directory"'),
    });

    const refused = await approveAgent(cloud, waiting);

    expect(refused.body.code).to.equal("RECORD_FORGED");
    await waitFor("the audit entry", async () => (await refusalsIn(tenantId)).includes("record:source"));
    await agent.close();
  });

  it("is undone by an administrator who compares the fingerprint and approves again (finding 4 d)", async () => {
    const { tenantId, agent } = await tenantInUse();
    await redis.hset(keys.agent(tenantId, agent.agent.agentId), "approval", "A".repeat(22));
    expect(await showAgent(cloud, agent.agent)).to.include({ state: "forged" });

    expect((await approveAgent(cloud, agent.agent)).body).to.include({ state: "approved" });

    expect(await recipientsIn(tenantId)).to.deep.equal([agent.agent.agentId]);
    await agent.close();
  });
});
