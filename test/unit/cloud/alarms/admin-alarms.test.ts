import { expect } from "chai";
import { withAdminAlarms } from "../../../../cloud/alarms/admin-alarms.ts";
import type { AuditEvent } from "../../../../cloud/audit/audit.ts";
import type { Notice } from "../../../../cloud/notify/notifier.ts";
import type { LimitRequest } from "../../../../cloud/store/limits.ts";
import type { Tenant } from "../../../../cloud/store/tenants.ts";
import { policySchema } from "../../../../shared/api/policy.ts";
import { createLogger } from "../../../../shared/logger.ts";
import { waitFor } from "../../../support/wait-for.ts";

const enrolled: AuditEvent = {
  tenantId: "contoso",
  action: "agent.enrolled",
  actor: "agent:A1",
  subject: "agent:A1",
  outcome: "done",
  details: { name: "dc-agent", fingerprint: "ab:cd" },
};
const braked: AuditEvent = {
  tenantId: "contoso",
  action: "writeback.decided",
  actor: "agent:A1",
  subject: "user:u1",
  outcome: "refused",
  code: "BRAKE_ENGAGED",
  correlationId: "J1",
};

function world({ emails = ["ops@contoso.test"], tenantIds = ["contoso"] } = {}) {
  const entries: AuditEvent[] = [];
  const notices: Notice[] = [];
  const taken = new Map<string, number>();
  const policy = policySchema.parse({ language: "nl", admins: { emails } });
  const audit = withAdminAlarms({
    audit: {
      append: (event) => {
        entries.push(event);
        return Promise.resolve();
      },
    },
    policy: { forAlarms: () => Promise.resolve({ policy, version: 1, appliedAt: 0 }) },
    notifier: {
      notify: (notice) => {
        notices.push(notice);
        return Promise.resolve();
      },
    },
    limits: {
      take: (_tenantId, wants: readonly LimitRequest[]) => {
        const [want] = wants;
        const count = (taken.get(want?.key ?? "") ?? 0) + 1;
        taken.set(want?.key ?? "", count);
        const isRefused = want !== undefined && count > want.limit;
        return Promise.resolve(isRefused ? { ...want, until: 0, refusals: count - want.limit } : null);
      },
    },
    tenants: { list: () => Promise.resolve(tenantIds.map((id) => ({ id }) as Tenant)) },
    log: createLogger({ service: "test", level: "error", stream: process.stderr }),
  });
  return { audit, entries, notices };
}

describe("admin alarms", () => {
  it("tell every administrator of a new agent, with its fingerprint", async () => {
    const { audit, entries, notices } = world();

    await audit.append(enrolled);
    await waitFor("the notices", () => notices.length === 1);

    expect(entries).to.deep.equal([enrolled]);
    expect(notices[0]).to.include({ kind: "admin_agent_enrolled", language: "nl", correlationId: "A1" });
    expect(notices[0]?.facts).to.include({ agentName: "dc-agent", fingerprint: "ab:cd" });
  });

  it("tell of an engaged brake once an hour for each agent, however many writebacks it refuses", async () => {
    const { audit, notices } = world();

    for (const actor of ["agent:A1", "agent:A1", "agent:A2", "agent:A1"])
      await audit.append({ ...braked, actor });
    await waitFor("the notices", () => notices.length === 2);

    expect(notices.map(({ facts }) => facts["agentName"])).to.deep.equal(["A1", "A2"]);
  });

  it("tell once an hour of an agent that serves another directory, however often it connects", async () => {
    const { audit, notices } = world();
    const event = {
      tenantId: "contoso",
      action: "agent.other_directory",
      actor: "agent:A1",
      subject: "agent:A1",
      outcome: "refused",
      code: "AGENT_OTHER_DIRECTORY",
      details: { directory: "fabrikam.example" },
    } as const;

    await audit.append(event);
    await audit.append(event);
    await audit.append(enrolled);
    await waitFor("the notices", () => notices.length === 2);

    expect(notices.map(({ kind }) => kind)).to.deep.equal(["admin_other_directory", "admin_agent_enrolled"]);
    expect(notices[0]?.facts).to.deep.equal({ agentName: "A1", directory: "fabrikam.example" });
  });

  it("send nothing for ordinary events, and nothing without configured recipients", async () => {
    const { audit, entries, notices } = world();
    const { audit: unnamed, notices: none } = world({ emails: [] });

    await audit.append({ ...braked, code: "PASSWORD_TOO_SHORT" });
    await audit.append({ ...enrolled, action: "agent.connected" });
    await unnamed.append(enrolled);
    await audit.append(enrolled);
    await waitFor("the notices", () => notices.length === 1);

    expect(entries).to.have.length(3);
    expect(none).to.deep.equal([]);
  });

  for (const [action, details, event, summary] of [
    ["agent.approved", {}, "agent_approved", "agent:A1"],
    ["agent.locked", { why: "generation" }, "agent_locked", "agent:A1"],
    ["agent.sessions.swapped", { swaps: 9 }, "agent_sessions_swapped", "agent:A1"],
    ["api_key.created", { scopes: "owner" }, "key_created", "agent:A1, owner"],
    ["api_key.created", {}, "key_created", "agent:A1"],
    ["api_key.revoked", { scopes: "policy:write" }, "key_revoked", "agent:A1, policy:write"],
    [
      "tenant.changed",
      { fields: "deleteMinimum", values: "deleteMinimum: default → 1000000" },
      "settings_changed",
      "agent:A1, deleteMinimum: default → 1000000",
    ],
    ["source.removal_requested", {}, "source_removed", "agent:A1"],
    ["audit.broken", { problem: "entry 7" }, "audit_broken", "agent:A1, entry 7"],
    ["record.refused", { kind: "api_key" }, "record_refused", "agent:A1, api_key"],
    ["records.sealed", {}, "records_sealed", "agent:A1"],
  ] as const)
    it(`tell of ${action}${JSON.stringify(details)} in a few emails an hour at most`, async () => {
      const { audit, notices } = world();
      for (let count = 0; count < 50; count++) await audit.append({ ...enrolled, action, details });
      await audit.append(enrolled);
      await waitFor("the notice after them", () => notices.at(-1)?.kind === "admin_agent_enrolled");

      expect(notices[0]).to.include({ kind: "admin_security_event" });
      expect(notices[0]?.facts).to.deep.include({ event, summary });
      expect(notices.length).to.be.within(2, 6);
    });

  it("send nothing for a key that only reads, and for a setting that protects nothing", async () => {
    const { audit, notices } = world();
    await audit.append({
      ...enrolled,
      action: "api_key.created",
      details: { scopes: "users:read,audit:read" },
    });
    await audit.append({ ...enrolled, action: "tenant.changed", details: { fields: "colour,logo" } });
    await audit.append(enrolled);
    await waitFor("the notice after them", () => notices.length > 0);

    expect(notices.map(({ kind }) => kind)).to.deep.equal(["admin_agent_enrolled"]);
  });

  it("tell an entry of the whole installation once to each administrator of any tenant", async () => {
    const { audit, notices } = world({ tenantIds: ["contoso", "fabrikam"] });
    await audit.append({
      ...enrolled,
      tenantId: null,
      action: "api_key.created",
      details: { scopes: "owner" },
    });
    await audit.append(enrolled);
    await waitFor("the notice after it", () => notices.at(-1)?.kind === "admin_agent_enrolled");

    expect(notices.map(({ tenantId }) => tenantId)).to.deep.equal(["contoso", "contoso"]);
  });
});
