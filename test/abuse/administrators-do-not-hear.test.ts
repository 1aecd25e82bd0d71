import { expect } from "chai";
import { keys } from "../../cloud/store/keys.ts";
import { openStore, type Store } from "../../cloud/store/store.ts";
import { policySchema } from "../../shared/api/policy.ts";
import { systemClock } from "../../shared/clock.ts";
import { silentLogger } from "../../shared/logger.ts";
import { Secret } from "../../shared/secret.ts";
import { CloseStack } from "../../shared/shutdown.ts";
import { startTestCloud, type TestCloud } from "../support/cloud.ts";
import { enrollFakeAgent } from "../support/fake-agent.ts";
import { smtpProvider } from "../support/notifier-node.ts";
import { testMac } from "../support/record-mac.ts";
import { type SmtpServer, startSmtpServer } from "../support/smtp-server.ts";
import { waitFor } from "../support/wait-for.ts";

/** Longer than a node caches a policy. */
const POLICY_CACHED_MS = 1_100;

describe("an attacker of whom administrators must hear", () => {
  const open = new CloseStack();
  let cloud: TestCloud;
  let smtp: SmtpServer;
  let tenantId: string;
  let store: Store;
  before(async () => {
    smtp = await startSmtpServer();
    open.defer(() => smtp.close());
    cloud = open.add(await startTestCloud({ notify: { email: [smtpProvider(smtp)] } }));
    store = open.add(
      await openStore({ mac: testMac, connection: cloud.redis.connection, log: silentLogger }),
    );
    tenantId = await cloud.newTenant();
    const policy = policySchema.parse({ admins: { emails: ["ops@contoso.test"] } });
    await cloud.api("PUT", `/api/v1/tenants/${tenantId}/policy`, { policy });
  });
  after(() => open.close());

  const told = (text: string) => smtp.received.filter(({ mail }) => mail.text?.includes(text) === true);
  const patch = (settings: Record<string, unknown>) =>
    cloud.api("PATCH", `/api/v1/tenants/${tenantId}`, { settings });

  it("loosens no deletion threshold in silence: every protective setting is in the table of alarms (finding 11)", async () => {
    expect((await patch({ deleteMinimum: 1_000_000 })).status).to.equal(200);

    await waitFor("the email", () => told("deleteMinimum: default → 1000000").length === 1);
  });

  it("makes no owner key and approves no agent in silence (finding 11)", async () => {
    const { id } = await cloud.newKey(["owner"]);
    await waitFor("the email about the key", () => told(`key:${id}, owner`).length === 1);

    const { body } = await cloud.api<{ token: string }>("POST", `/api/v1/tenants/${tenantId}/enrollments`, {
      name: "dc1",
    });
    const agent = await enrollFakeAgent({ url: cloud.url, token: new Secret(body.token) });
    await cloud.api("POST", `/api/v1/tenants/${tenantId}/agents/${agent.agentId}/approve`, {
      fingerprint: agent.fingerprint,
    });
    await waitFor("the email about the agent", () => told(`agent:${agent.agentId}`).length === 1);
  });

  it("fills no mailbox either: one kind of alarm sends a few emails an hour (finding 11)", async () => {
    for (let count = 0; count < 12; count++) await patch({ deleteMinimum: 1_000 + count });
    await cloud.newKey(["policy:write"]);
    await waitFor("the email after them", () => told("policy:write").length === 1);

    expect(told("deleteMinimum").length).to.be.within(2, 5);
  });

  /** Loosens a policy in the store, as a writer of Redis would. Returns how to take it back. */
  async function editPolicy(id: string): Promise<() => Promise<unknown>> {
    const { redis } = store;
    const key = keys.policy(id);
    const json = (await redis.hget(key, "json")) ?? "";
    await redis.hset(key, "json", json.replace('"scope":"none"', '"scope":"all"'));
    return () => redis.hset(key, "json", json);
  }

  it("edits no policy in silence: the alarm goes to the administrators of the last authentic one (finding 4)", async () => {
    const undo = await editPolicy(tenantId);
    await systemClock.sleep(POLICY_CACHED_MS);
    await waitFor("the refusal", async () => {
      const { body } = await cloud.api<{ code?: string }>("GET", `/api/v1/tenants/${tenantId}/policy`);
      return body.code === "RECORD_FORGED";
    });
    await waitFor("the email about the policy", () => told("record:policy").length === 1);
    await undo();
  });

  it("ends no alarm of the whole installation with one edited policy: every other tenant hears of it (finding 4)", async () => {
    const [edited, others] = [await cloud.newTenant(), await cloud.newTenant()];
    const policy = policySchema.parse({ admins: { emails: [`ops@${others}.test`] } });
    await cloud.api("PUT", `/api/v1/tenants/${others}/policy`, { policy });
    await cloud.api("PUT", `/api/v1/tenants/${edited}/policy`, { policy: policySchema.parse({}) });
    const undo = await editPolicy(edited);

    const { redis, dataDirectory } = cloud;
    const node = await startTestCloud({
      redis: { url: redis.url },
      dataDirectory,
      notify: { email: [smtpProvider(smtp)] },
    });
    try {
      expect(node.logged(), "a node starts, and says that this tenant hears of nothing").to.match(
        new RegExp(`alarm.nobody.*${edited}`),
      );
      const key = { name: "thief", scopes: ["owner"] };
      await node.api("POST", "/api/v1/api-keys", key, { key: cloud.ownerKey });
      await waitFor("the email to the other tenant", () =>
        smtp.received.some(
          ({ mail, to }) => JSON.stringify(to).includes(others) && mail.text?.includes("owner") === true,
        ),
      );
    } finally {
      await node.close();
      await undo();
    }
  });

  it("is heard of by nobody in a tenant without administrators, which each node logs when it starts", async () => {
    const deaf = await cloud.newTenant();
    const { redis, dataDirectory } = cloud;
    const node = await startTestCloud({ redis: { url: redis.url }, dataDirectory });
    try {
      const lines = node
        .logged()
        .split("\n")
        .filter((line) => line.includes("alarm.nobody"));
      expect(lines.filter((line) => line.includes(deaf))).to.have.length(1);
      expect(lines.filter((line) => line.includes(tenantId))).to.have.length(0);
    } finally {
      await node.close();
    }
  });
});
