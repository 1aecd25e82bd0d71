/** Attacks by an agent that nobody approved: it enrolled with a leaked token, or stands in a forgotten test directory. */
import { expect } from "chai";
import { Redis } from "ioredis";
import { keys } from "../../cloud/store/keys.ts";
import { DAY_MS } from "../../shared/durations.ts";
import { newId } from "../../shared/ids.ts";
import {
  approveAgent,
  beginRun,
  enrolAgent,
  revokeAgent,
  sendNumber,
  showAgent,
  syncNumber,
  victimsNumber,
} from "../support/agent-attacks.ts";
import { signEnrolment } from "../support/agent-records.ts";
import { sharedCloud, type TestCloud } from "../support/cloud.ts";
import type { FakeAgent, FakeLink } from "../support/fake-agent.ts";
import { rejection } from "../support/rejection.ts";
import { waitFor } from "../support/wait-for.ts";

const TRUE_NUMBER = "+32470000003";
const STOLEN = "+32479666666";

describe("an agent that was never approved", () => {
  let cloud: TestCloud;
  let redis: Redis;
  before(async () => {
    cloud = await sharedCloud();
    redis = new Redis(cloud.redis.url);
  });
  after(() => redis.disconnect());

  async function approve(agent: FakeAgent): Promise<FakeLink> {
    expect((await approveAgent(cloud, agent)).status).to.equal(200);
    return agent.connect();
  }

  /** A tenant whose first agent is connected and was forgotten; another one waits to be approved instead. */
  async function forgottenAgent() {
    const tenantId = await cloud.newTenant();
    const rogue = await enrolAgent(cloud, tenantId);
    const rogueLink = await rogue.connect();
    const honest = await enrolAgent(cloud, tenantId);
    return { tenantId, rogue, rogueLink, honest };
  }

  const runOf = async (tenantId: string, runId: string) =>
    (
      await cloud.api<{ state: string; code: string }>(
        "GET",
        `/api/v1/tenants/${tenantId}/sync-runs/${runId}`,
      )
    ).body;

  it("changes no number after the approved agent was revoked, since a tenant that had an approved agent takes no other (finding 1, T-20)", async () => {
    const { tenantId, rogueLink, honest } = await forgottenAgent();
    expect(await syncNumber(rogueLink, TRUE_NUMBER, "rogue's")).to.equal("done");
    const link = await approve(honest);
    await syncNumber(link, TRUE_NUMBER, "honest");

    await revokeAgent(cloud, honest);
    const refused = await rejection(beginRun(rogueLink));

    expect(refused.code).to.equal("AGENT_NOT_APPROVED");
    expect(refused.message).not.to.contain("honest");
    expect(await victimsNumber(cloud, tenantId)).to.equal(TRUE_NUMBER);
    await rogueLink.close();
  });

  it("changes no number after the approved agent was locked as a copy, by the same rule (finding 1, T-20)", async () => {
    const { tenantId, rogueLink, honest } = await forgottenAgent();
    await syncNumber(rogueLink, TRUE_NUMBER, "rogue's");
    for (let connections = 0; connections < 2; connections++) {
      const link = connections === 0 ? await approve(honest) : await honest.connect();
      await link.close();
    }

    expect((await honest.refusedWith({ proof: { generation: 0 } })).body).to.contain("AGENT_LOCKED");

    expect((await rejection(beginRun(rogueLink))).code).to.equal("AGENT_NOT_APPROVED");
    expect(await victimsNumber(cloud, tenantId)).to.equal(TRUE_NUMBER);
    await rogueLink.close();
  });

  it("cannot go on with a run that it began before, since every frame asks the record (finding 1, T-20)", async () => {
    const { tenantId, rogueLink, honest } = await forgottenAgent();
    await syncNumber(rogueLink, TRUE_NUMBER, "rogue's");
    const { runId } = await beginRun(rogueLink);
    const link = await approve(honest);

    const refused = await rejection(sendNumber(rogueLink, runId, STOLEN));

    expect(refused.code).to.equal("AGENT_NOT_APPROVED");
    expect(await runOf(tenantId, runId)).to.include({ state: "failed", code: "AGENT_NOT_APPROVED" });
    expect(await victimsNumber(cloud, tenantId)).to.equal(TRUE_NUMBER);
    expect(await syncNumber(link, "+32470000004", "honest")).to.equal("done");
    await Promise.all([rogueLink.close(), link.close()]);
  });

  it("leaves its run to nobody: a forced run does not join it but begins anew (finding 1, T-20)", async () => {
    const { tenantId, rogueLink, honest } = await forgottenAgent();
    const { runId } = await beginRun(rogueLink);
    const link = await approve(honest);
    await waitFor("the agent to be connected", async () => (await showAgent(cloud, honest)).connected);

    const asked = cloud.api("POST", `/api/v1/tenants/${tenantId}/sync-runs`, { policy: "delta" });
    const request = await link.next("sync.request");
    link.send("ack", {}, request.id);

    expect(request.body.runId).not.to.equal(runId);
    expect((await asked).status).to.be.lessThan(300);
    expect(await runOf(tenantId, runId)).to.include({ state: "failed", code: "AGENT_NOT_APPROVED" });
    await Promise.all([rogueLink.close(), link.close()]);
  });

  it("leaves nothing behind once it is revoked: the next run is told no cursor and reads everybody (finding 1, T-20)", async () => {
    const { rogue, rogueLink, honest } = await forgottenAgent();
    await syncNumber(rogueLink, STOLEN, "rogue's");
    const link = await approve(honest);

    await revokeAgent(cloud, rogue);

    expect((await beginRun(link)).cursor).to.equal(null);
    await link.close();
  });

  it("is told no cursor but its own (finding 1, T-20)", async () => {
    const { tenantId, rogueLink } = await forgottenAgent();
    await syncNumber(rogueLink, TRUE_NUMBER, "rogue's");
    expect((await beginRun(rogueLink)).cursor).to.equal("rogue's");

    await redis.hset(keys.sync(tenantId, 1), "cursorAgent", newId());

    expect((await beginRun(rogueLink)).cursor).to.equal(null);
    await rogueLink.close();
  });

  it("ends after 24 hours: it neither connects nor syncs, and cannot be approved (finding 1, T-20)", async () => {
    const { tenantId, rogue, rogueLink } = await forgottenAgent();
    const { runId } = await beginRun(rogueLink);
    const key = keys.agent(tenantId, rogue.agentId);
    const enrolledAt = Number(await redis.hget(key, "enrolledAt")) - DAY_MS - 1;
    const facts = { name: "dc1", identityKey: rogue.identityKey.publicKey, enrolledAt, isFirst: true };
    await redis.hset(key, "enrolledAt", enrolledAt, "enrolment", signEnrolment(key, facts));

    const late = await approveAgent(cloud, rogue);
    const refused = await rejection(sendNumber(rogueLink, runId, STOLEN));
    const again = await rogue.refusedWith();

    expect([late.status, late.body.code]).to.deep.equal([403, "AGENT_REVOKED"]);
    expect(refused.code).to.equal("AGENT_NOT_APPROVED");
    expect(again.body).to.contain("AGENT_REVOKED");
    expect(await showAgent(cloud, rogue)).to.include({ state: "revoked", decidedBy: "system" });
    await rogueLink.closed;
  });
});
