/** Attacks by an agent that nobody approved: it enrolled with a leaked token, or stands in a forgotten test directory. */
import { expect } from "chai";
import { Redis } from "ioredis";
import { keys } from "../../cloud/store/keys.ts";
import { newId } from "../../shared/ids.ts";
import { Secret } from "../../shared/secret.ts";
import { sharedCloud, type TestCloud } from "../support/cloud.ts";
import { asUser, testUser } from "../support/directory-users.ts";
import { enrollFakeAgent, type FakeAgent, type FakeLink } from "../support/fake-agent.ts";
import { rejection } from "../support/rejection.ts";
import { waitFor } from "../support/wait-for.ts";

const TIMEOUT_MS = 5_000;
const VICTIM = 3;
const STOLEN = "+32479666666";
const OLD_GENERATION = { proof: { generation: 0 } };

describe("an agent that was never approved", () => {
  let cloud: TestCloud;
  let redis: Redis;
  before(async () => {
    cloud = await sharedCloud();
    redis = new Redis(cloud.redis.url);
  });
  after(() => redis.disconnect());

  async function enrol(tenantId: string): Promise<FakeAgent> {
    const path = `/api/v1/tenants/${tenantId}/enrollments`;
    const { body } = await cloud.api<{ token: string }>("POST", path, { name: "dc1" });
    return enrollFakeAgent({ url: cloud.url, token: new Secret(body.token) });
  }
  const decide = ({ tenantId, agentId, fingerprint }: FakeAgent, what: "approve" | "revoke") =>
    cloud.api<{ state: string; code: string }>(
      "POST",
      `/api/v1/tenants/${tenantId}/agents/${agentId}/${what}`,
      what === "approve" ? { fingerprint } : undefined,
    );
  async function approve(agent: FakeAgent): Promise<FakeLink> {
    expect((await decide(agent, "approve")).status).to.equal(200);
    return agent.connect();
  }

  async function begin(link: FakeLink): Promise<{ runId: string; cursor: string | null }> {
    const runId = newId();
    const order = { runId, policy: "delta", trigger: "agent", dryRun: false, user: null } as const;
    const { body } = await link.request("sync.begin", order, ["sync.begun"], TIMEOUT_MS);
    return { runId, cursor: body.cursor };
  }
  const batch = (link: FakeLink, runId: string, mobile: string) => {
    const changes = [asUser(testUser(VICTIM, { mobile }))];
    return link.request(
      "sync.batch",
      { runId, sequence: 1, changes, cursor: null },
      ["sync.ack"],
      TIMEOUT_MS,
    );
  };
  async function sync(link: FakeLink, mobile: string, cursor: string): Promise<string> {
    const { runId } = await begin(link);
    await batch(link, runId, mobile);
    const end = { runId, sequence: 2, sweep: false, cursor, read: 1 };
    return (await link.request("sync.finish", end, ["sync.finished"], TIMEOUT_MS)).body.state;
  }
  const mobileIn = async (tenantId: string): Promise<string | null> => {
    const path = `/api/v1/tenants/${tenantId}/users/${testUser(VICTIM).id}`;
    return (await cloud.api<{ user: { mobile: string | null } }>("GET", path)).body.user.mobile;
  };
  const runOf = async (tenantId: string, runId: string) =>
    (
      await cloud.api<{ state: string; code: string }>(
        "GET",
        `/api/v1/tenants/${tenantId}/sync-runs/${runId}`,
      )
    ).body;

  /** A tenant whose first agent synced before its approval and was forgotten; another one was approved afterwards. */
  async function forgottenAgent() {
    const tenantId = await cloud.newTenant();
    const rogue = await enrol(tenantId);
    const rogueLink = await rogue.connect();
    const honest = await enrol(tenantId);
    return { tenantId, rogue, rogueLink, honest };
  }

  it("changes no number after the approved agent was revoked, since a tenant that once had an approved agent takes no other (finding 1, T-20)", async () => {
    const { tenantId, rogueLink, honest } = await forgottenAgent();
    expect(await sync(rogueLink, "+32470000003", "rogue's")).to.equal("done");
    const link = await approve(honest);
    await sync(link, "+32470000003", "honest");

    await decide(honest, "revoke");
    const refused = await rejection(begin(rogueLink));

    expect(refused.code).to.equal("AGENT_NOT_APPROVED");
    expect(refused.message).not.to.contain("honest");
    expect(await mobileIn(tenantId)).to.equal("+32470000003");
    await rogueLink.close();
  });

  it("changes no number after the approved agent was locked as a copy, by the same rule (finding 1, T-20)", async () => {
    const { tenantId, rogueLink, honest } = await forgottenAgent();
    await sync(rogueLink, "+32470000003", "rogue's");
    const link = await approve(honest);
    await link.close();
    await (await honest.connect()).close();

    expect((await honest.refusedWith(OLD_GENERATION)).body).to.contain("AGENT_LOCKED");

    expect((await rejection(begin(rogueLink))).code).to.equal("AGENT_NOT_APPROVED");
    expect(await mobileIn(tenantId)).to.equal("+32470000003");
    await rogueLink.close();
  });

  it("cannot go on with a run that it began before, and no forced run joins it, since every frame asks the record (finding 1, T-20)", async () => {
    const { tenantId, rogueLink, honest } = await forgottenAgent();
    await sync(rogueLink, "+32470000003", "rogue's");
    const { runId } = await begin(rogueLink);
    const link = await approve(honest);

    const refused = await rejection(batch(rogueLink, runId, STOLEN));

    expect(refused.code).to.equal("AGENT_NOT_APPROVED");
    expect(await runOf(tenantId, runId)).to.include({ state: "failed", code: "AGENT_NOT_APPROVED" });
    expect(await mobileIn(tenantId)).to.equal("+32470000003");
    expect(await sync(link, "+32470000004", "honest")).to.equal("done");
    await Promise.all([rogueLink.close(), link.close()]);
  });

  it("leaves its run to nobody: a forced run begins anew (finding 1, T-20)", async () => {
    const { tenantId, rogueLink, honest } = await forgottenAgent();
    const { runId } = await begin(rogueLink);
    const link = await approve(honest);
    await waitFor("the agent to be connected", async () => {
      const path = `/api/v1/tenants/${tenantId}/agents/${honest.agentId}`;
      return (await cloud.api<{ connected: boolean }>("GET", path)).body.connected;
    });

    const path = `/api/v1/tenants/${tenantId}/sync-runs`;
    const asked = cloud.api<{ items: { id: string; joined: boolean }[] }>("POST", path, { policy: "delta" });
    const request = await link.next("sync.request");
    link.send("ack", {}, request.id);

    expect(request.body.runId).not.to.equal(runId);
    expect((await asked).status).to.be.lessThan(300);
    expect(await runOf(tenantId, runId)).to.include({ state: "failed", code: "AGENT_NOT_APPROVED" });
    await Promise.all([rogueLink.close(), link.close()]);
  });

  it("leaves nothing behind once it is revoked: the next run is told no cursor and reads everybody (finding 1, T-20)", async () => {
    const { rogue, rogueLink, honest } = await forgottenAgent();
    await sync(rogueLink, STOLEN, "rogue's");
    const link = await approve(honest);

    await decide(rogue, "revoke");

    expect((await begin(link)).cursor).to.equal(null);
    await link.close();
  });

  it("is told no cursor but its own, and goes on from that one until an agent is approved (finding 1, T-20)", async () => {
    const { tenantId, rogueLink } = await forgottenAgent();
    await sync(rogueLink, "+32470000003", "rogue's");
    expect((await begin(rogueLink)).cursor).to.equal("rogue's");

    await redis.hset(keys.sync(tenantId, 1), "cursorAgent", newId());

    expect((await begin(rogueLink)).cursor).to.equal(null);
    await rogueLink.close();
  });

  it("ends after 24 hours: it neither connects nor syncs, and cannot be approved (finding 1, T-20)", async () => {
    const { tenantId, rogue, rogueLink } = await forgottenAgent();
    const { runId } = await begin(rogueLink);
    await redis.hincrby(keys.agent(tenantId, rogue.agentId), "enrolledAt", -24 * 3_600_000 - 1);

    const late = await decide(rogue, "approve");
    const refused = await rejection(batch(rogueLink, runId, STOLEN));
    const again = await rogue.refusedWith();

    expect([late.status, late.body.code]).to.deep.equal([403, "AGENT_REVOKED"]);
    expect(refused.code).to.equal("AGENT_NOT_APPROVED");
    expect(again.body).to.contain("AGENT_REVOKED");
    const path = `/api/v1/tenants/${tenantId}/agents/${rogue.agentId}`;
    expect((await cloud.api("GET", path)).body).to.include({ state: "revoked", decidedBy: "system" });
    await rogueLink.closed;
  });
});
