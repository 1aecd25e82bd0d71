import { expect } from "chai";
import type { Agent } from "../../../../shared/api/agents.ts";
import type { SyncRun } from "../../../../shared/api/sync-runs.ts";
import type { StoredUser, UserDetails } from "../../../../shared/api/users.ts";
import type { Writeback } from "../../../../shared/api/writebacks.ts";
import { newId } from "../../../../shared/ids.ts";
import type { SyncChange } from "../../../../shared/protocol/frames.ts";
import type { JobOrder, SealingKeyRecord } from "../../../../shared/sealing/job.ts";
import { sealPassword } from "../../../../shared/sealing/password.ts";
import { Secret } from "../../../../shared/secret.ts";
import { sharedCloud, type TestCloud } from "../../../support/cloud.ts";
import { type CloudAgent, connectCloudAgent } from "../../../support/cloud-agent.ts";
import { asUser, testUser, userId, usersUpTo } from "../../../support/directory-users.ts";
import { waitFor } from "../../../support/wait-for.ts";

interface Draft {
  readonly order: JobOrder;
  readonly recipients: SealingKeyRecord[];
  readonly token: string;
}
interface Held {
  readonly run: SyncRun;
  readonly users: { readonly userId: string }[];
}
interface Started {
  readonly run: SyncRun;
  readonly joined: boolean;
}

const rejectedEntry = (dn: string, reason: "no_user_name" | "replication_conflict"): SyncChange => ({
  kind: "rejected",
  id: null,
  dn,
  reason,
  attribute: "uid",
});

const PASSWORD = "Näive-Zebra-7!";

describe("API with an agent", () => {
  let cloud: TestCloud;
  let tenantId: string;
  let base: string;
  let peer: CloudAgent;

  before(async () => {
    cloud = await sharedCloud();
  });
  beforeEach(async () => {
    tenantId = await cloud.newTenant();
    base = `/api/v1/tenants/${tenantId}`;
    peer = await connectCloudAgent(cloud, tenantId);
  });
  afterEach(() => peer.close());

  const reset = (body: object, options = {}) =>
    cloud.api<Writeback>(
      "POST",
      `${base}/writebacks`,
      { user: "user1", operation: "reset", ...body },
      options,
    );

  describe("agents", () => {
    it("are shown as they are", async () => {
      const { agentId, fingerprint } = peer.agent;

      const { body } = await cloud.api<Agent>("GET", `${base}/agents/${agentId}`);
      const list = await cloud.api<{ items: Agent[] }>("GET", `${base}/agents`);

      expect(body).to.include({
        agentId,
        fingerprint,
        state: "approved",
        connected: true,
        node: cloud.config.node,
      });
      expect(list.body.items).to.deep.equal([body]);
      expect(body).to.not.have.property("identityKey");
    });

    it("are refused with another fingerprint, and gone once revoked", async () => {
      const at = `${base}/agents/${peer.agent.agentId}`;

      const wrong = await cloud.api("POST", `${at}/approve`, {
        fingerprint: Array(8).fill("0000").join("-"),
      });
      const revoked = await cloud.api<Agent>("POST", `${at}/revoke`);

      expect([wrong.status, wrong.body.code]).to.deep.equal([409, "AGENT_FINGERPRINT_MISMATCH"]);
      expect(revoked.body.state).to.equal("revoked");
      expect((await peer.link.closed).code).to.equal(4403);
      await waitFor("the agent to be gone", async () => {
        const { body } = await cloud.api<Agent>("GET", at);
        return !body.connected;
      });
    });
  });

  describe("users", () => {
    it("are searched and shown with what happened", async () => {
      await peer.sync(usersUpTo(12));
      const mobile = "+32470999999";
      await peer.sync(usersUpTo(12).map((user) => (user.id === userId(1) ? { ...user, mobile } : user)));
      await reset({ newPassword: PASSWORD });

      const search = await cloud.api<{ items: StoredUser[]; total: number }>(
        "GET",
        `${base}/users?q=USER1&limit=2`,
      );
      const { body } = await cloud.api<UserDetails>("GET", `${base}/users/user1`);
      const byId = await cloud.api<UserDetails>("GET", `${base}/users/${userId(1)}`);

      expect(search.body.items).to.have.length(2);
      expect(search.body.total).to.equal(12);
      expect(body.user).to.include({ userName: "User1@contoso.com", mobile: "+32470999999" });
      expect(byId.body.user).to.deep.equal(body.user);
      expect(body.writebacks.map(({ state }) => state)).to.deep.equal(["applied"]);
      expect(body.lastSync?.state).to.equal("done");
      expect(body.timeline.map(({ event }) => event)).to.include.members([
        "user.created",
        "user.number_changed",
        "writeback.queued",
        "writeback.applied",
        "sync.done",
      ]);
    });

    it("that are unknown or ambiguous are named", async () => {
      await peer.sync([testUser(1), testUser(2, { aliases: ["same"] }), testUser(3, { aliases: ["same"] })]);

      const unknown = await cloud.api("GET", `${base}/users/nobody`);
      const ambiguous = await cloud.api("GET", `${base}/users/same`);

      expect([unknown.status, unknown.body.code]).to.deep.equal([404, "USER_UNKNOWN"]);
      expect([ambiguous.status, ambiguous.body.code]).to.deep.equal([409, "USER_AMBIGUOUS"]);
      expect(ambiguous.body.details["candidates"]).to.have.members([
        "User2@contoso.com",
        "User3@contoso.com",
      ]);
    });

    it("with numbers that cannot be used are found", async () => {
      const phoneProblems = [{ field: "mobile" as const, problem: "too_short" as const }];
      await peer.sync([testUser(1), testUser(2, { mobile: null, phoneProblems })]);

      const { body } = await cloud.api<{ items: StoredUser[] }>("GET", `${base}/users?problem=true`);

      expect(body.items.map(({ id }) => id)).to.deep.equal([userId(2)]);
    });

    it("with any value that cannot be used are found by its reason, beside the entries that are not synced", async () => {
      interface Found {
        readonly items: StoredUser[];
        readonly rejected: { readonly dn: string; readonly source: number }[];
        readonly totalRejected: number;
      }
      const valueProblems = [{ attribute: "displayName", problem: "invalid_text" as const }];
      const phoneProblems = [{ field: "mobile" as const, problem: "too_short" as const }];
      await peer.run([
        asUser(testUser(1)),
        asUser(testUser(2, { displayName: null, valueProblems })),
        asUser(testUser(3, { mobile: null, phoneProblems })),
        rejectedEntry("uid=a,dc=lab", "no_user_name"),
        rejectedEntry("uid=b,dc=lab", "replication_conflict"),
      ]);
      const find = async (query: string) => {
        const { body } = await cloud.api<Found>("GET", `${base}/users?${query}`);
        const { items, rejected, totalRejected } = body;
        return { users: items.map(({ id }) => id), rejected: rejected.map(({ dn }) => dn), totalRejected };
      };

      const entries = ["uid=a,dc=lab", "uid=b,dc=lab"];
      expect(await find("problem=any")).to.deep.equal({
        users: [userId(2), userId(3)],
        rejected: entries,
        totalRejected: 2,
      });
      expect(await find("problem=any&limit=1")).to.deep.include({
        rejected: entries.slice(0, 1),
        totalRejected: 2,
      });
      expect(await find("problem=invalid_text")).to.deep.include({ users: [userId(2)], totalRejected: 0 });
      expect(await find("problem=replication_conflict")).to.deep.include({
        users: [],
        rejected: ["uid=b,dc=lab"],
      });
      expect(await find("problem=any&q=user3")).to.deep.equal({
        users: [userId(3)],
        rejected: [],
        totalRejected: 0,
      });
      expect(await find("")).to.deep.include({ rejected: [], totalRejected: 0 });
      const unknown = await cloud.api("GET", `${base}/users?problem=no_such_reason`);
      expect([unknown.status, unknown.body.code]).to.deep.equal([400, "REQUEST_INVALID"]);
    });
  });

  describe("sync runs", () => {
    it("are asked for, followed and listed", async () => {
      peer.directory = usersUpTo(3).map(asUser);

      const { status, body } = await cloud.api<Started>("POST", `${base}/sync-runs`, { policy: "initial" });
      const run = await waitFor("the end of the run", async () => {
        const answer = await cloud.api<SyncRun>("GET", `${base}/sync-runs/${body.run.id}`);
        return answer.body.state === "done" ? answer.body : null;
      });

      expect([status, body.joined]).to.deep.equal([202, false]);
      expect(run.counts).to.include({ read: 3, added: 3 });
      expect(run.requestedBy).to.match(/^key:/);
      const list = await cloud.api<{ items: SyncRun[] }>("GET", `${base}/sync-runs?limit=5`);
      expect(list.body.items.map(({ id }) => id)).to.deep.equal([run.id]);
    });

    it("are refused while no agent is there", async () => {
      await peer.close();
      await waitFor("the agent to be gone", async () => {
        const answer = await cloud.api<{ items: Agent[] }>("GET", `${base}/agents`);
        return answer.body.items.every(({ connected }) => !connected);
      });

      const { status, headers, body } = await cloud.api("POST", `${base}/sync-runs`, {});

      expect([status, body.code]).to.deep.equal([503, "AGENT_OFFLINE"]);
      expect(headers.get("retry-after")).to.equal("1");
    });

    it("list what they cannot use, page by page", async () => {
      interface Page {
        readonly items: { readonly dn: string }[];
        readonly listed: number;
        readonly next: number | null;
      }
      const dns = ["uid=a,dc=lab", "uid=b,dc=lab", "uid=c,dc=lab"];
      const { runId } = await peer.run([
        asUser(testUser(1)),
        ...[...dns].reverse().map((dn) => rejectedEntry(dn, "no_user_name")),
      ]);
      const at = `${base}/sync-runs/${runId}/problems`;

      const first = await cloud.api<Page>("GET", `${at}?limit=2`);
      const last = await cloud.api<Page>("GET", `${at}?limit=2&offset=${first.body.next ?? NaN}`);

      expect(first.body).to.deep.include({ listed: 3, next: 2 });
      expect(last.body).to.deep.include({ listed: 3, next: null });
      expect([...first.body.items, ...last.body.items].map(({ dn }) => dn)).to.deep.equal(dns);
      const shown = await cloud.api<SyncRun>("GET", `${base}/sync-runs/${runId}`);
      expect(shown.body).to.deep.include({ problems: 3, rejections: { no_user_name: 3 } });
    });

    it("that hold deletes are shown, approved or discarded", async () => {
      await peer.sync(usersUpTo(40));
      const { runId } = await peer.sync(usersUpTo(20));
      const at = `${base}/sync-runs/${runId}`;

      const held = await cloud.api<{ items: SyncRun[] }>("GET", `${base}/sync-runs/held`);
      const whom = await cloud.api<Held>("GET", `${at}/held?limit=100`);
      const approved = await cloud.api<SyncRun>("POST", `${at}/approve`);
      const again = await cloud.api("POST", `${at}/discard`);

      expect(held.body.items.map(({ id }) => id)).to.deep.equal([runId]);
      expect(whom.body.users).to.have.length(20);
      expect(approved.body).to.include({ state: "approved" });
      expect(approved.body.counts.deleted).to.equal(20);
      expect([again.status, again.body.code]).to.deep.equal([409, "SYNC_NOT_HELD"]);
    });

    it("that are unknown are named", async () => {
      for (const [method, below] of [
        ["GET", ""],
        ["GET", "/held"],
        ["GET", "/problems"],
        ["POST", "/approve"],
        ["POST", "/discard"],
      ] as const) {
        const { status, body } = await cloud.api(method, `${base}/sync-runs/${newId()}${below}`);
        expect([status, body.code], below).to.deep.equal([404, "SYNC_RUN_UNKNOWN"]);
      }
    });
  });

  describe("writebacks", () => {
    beforeEach(() => peer.sync(usersUpTo(3)));

    it("answer with the verdict", async () => {
      const { status, body } = await reset({ newPassword: PASSWORD });

      expect(status).to.equal(200);
      expect(body).to.include({ state: "applied", code: null, userId: userId(1) });
      expect(body.verdict).to.include({ passwordSet: true, unlocked: true });
      expect(peer.passwords.get(userId(1))).to.equal(PASSWORD);
    });

    it("answer with a refusal as with any result", async () => {
      const { status, body } = await reset({ newPassword: "short" });

      expect(status).to.equal(200);
      expect(body).to.include({ state: "rejected", code: "PASSWORD_TOO_SHORT" });
      expect(body.verdict?.rule?.minLength).to.equal(8);
      expect(body.fix).to.be.a("string");
    });

    it("unlock without a password, and change with both", async () => {
      const unlock = await reset({ operation: "unlock" });
      const change = await reset({ operation: "change", oldPassword: "Old-Password", newPassword: PASSWORD });

      expect(unlock.body.verdict).to.include({ unlocked: true, passwordSet: false });
      expect(change.body).to.include({ state: "applied", unlock: false });
    });

    it("take passwords that the caller sealed", async () => {
      const wish = { user: "user2", operation: "reset" };
      const draft = await cloud.api<Draft>("POST", `${base}/writeback-drafts`, wish);
      const { order, recipients, token } = draft.body;
      const passwords = { newPassword: new Secret(PASSWORD) };
      const sealed = await Promise.all(recipients.map((to) => sealPassword(order, to, passwords)));

      const altered = { ...order, userId: userId(3) };
      const forged = await cloud.api("POST", `${base}/writebacks`, { order: altered, token, sealed });
      const { status, body } = await cloud.api<Writeback>("POST", `${base}/writebacks`, {
        order,
        token,
        sealed,
      });

      expect(draft.status).to.equal(201);
      expect([forged.status, forged.body.code]).to.deep.equal([409, "WRITEBACK_DRAFT_INVALID"]);
      expect([status, body.state]).to.deep.equal([200, "applied"]);
      expect(peer.passwords.get(userId(2))).to.equal(PASSWORD);
    });

    it("come once for one idempotency key", async () => {
      const options = { headers: { "idempotency-key": newId() } };

      const first = await reset({ newPassword: PASSWORD }, options);
      const again = await reset({ newPassword: PASSWORD }, options);
      const other = await cloud.api(
        "POST",
        `${base}/writebacks`,
        { user: "user2", operation: "unlock" },
        options,
      );

      expect(again.body.id).to.equal(first.body.id);
      expect([other.status, other.body.code]).to.deep.equal([409, "IDEMPOTENCY_CONFLICT"]);
      expect(
        (await cloud.api<{ items: Writeback[] }>("GET", `${base}/writebacks`)).body.items,
      ).to.have.length(1);
    });

    it("that take longer are answered with 202, and can be asked for and cancelled", async () => {
      peer.idle = true;

      const { status, body } = await reset({ newPassword: PASSWORD, waitSeconds: 0 });
      const at = `${base}/writebacks/${body.id}`;
      const shown = await cloud.api<Writeback>("GET", at);
      const cancelled = await cloud.api<Writeback>("POST", `${at}/cancel`);
      const waited = await cloud.api<Writeback>("GET", `${at}?waitSeconds=30`);

      expect(status).to.equal(202);
      expect(["queued", "offered"]).to.include(shown.body.state);
      expect(shown.body.code).to.equal(null);
      expect(cancelled.body).to.include({ state: "cancelled", code: "JOB_CANCELLED" });
      expect(waited.body.state).to.equal("cancelled");
    });

    it("are refused for unknown users and jobs, and while no agent is connected", async () => {
      const nobody = await cloud.api("POST", `${base}/writebacks`, { user: "nobody", operation: "unlock" });
      const nothing = await cloud.api("GET", `${base}/writebacks/${newId()}`);
      await peer.close();
      const offline = await waitFor("the agent to be gone", async () => {
        const answer = await cloud.api("POST", `${base}/writebacks`, {
          user: "user1",
          operation: "unlock",
          waitSeconds: 0,
        });
        return answer.status === 503 ? answer : null;
      });

      expect([nobody.status, nobody.body.code]).to.deep.equal([404, "USER_UNKNOWN"]);
      expect([nothing.status, nothing.body.code]).to.deep.equal([404, "WRITEBACK_UNKNOWN"]);
      expect(offline.body.code).to.equal("AGENT_OFFLINE");
    });

    it("leave no password in log or store (T-14)", async () => {
      const marker = "Canary-Zebra-5520!";
      await reset({ newPassword: marker });
      await reset({ newPassword: marker, operation: "unlock" });
      await reset({ operation: "change", newPassword: marker, oldPassword: marker, colour: marker });

      expect(peer.passwords.get(userId(1))).to.equal(marker);
      expect(cloud.logged()).to.not.contain(marker);
      expect(cloud.logged()).to.not.contain(cloud.ownerKey.slice(31));
      const { body } = await cloud.api("GET", `${base}/audit?limit=500`);
      expect(JSON.stringify(body)).to.not.contain(marker);
    });
  });
});
