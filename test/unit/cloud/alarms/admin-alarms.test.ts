import { expect } from "chai";
import { withAdminAlarms } from "../../../../cloud/alarms/admin-alarms.ts";
import type { AuditEvent } from "../../../../cloud/audit/audit.ts";
import type { Notice } from "../../../../cloud/notify/notifier.ts";
import type { LimitRequest } from "../../../../cloud/store/limits.ts";
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

function world({ emails = ["ops@contoso.test"] } = {}) {
  const entries: AuditEvent[] = [];
  const notices: Notice[] = [];
  const taken = new Set<string>();
  const policy = policySchema.parse({ language: "nl", admins: { emails } });
  const audit = withAdminAlarms({
    audit: {
      append: (event) => {
        entries.push(event);
        return Promise.resolve();
      },
    },
    policy: { get: () => Promise.resolve({ policy, version: 1, appliedAt: 0 }) },
    notifier: {
      notify: (notice) => {
        notices.push(notice);
        return Promise.resolve();
      },
    },
    limits: {
      take: (_tenantId, wants: readonly LimitRequest[]) => {
        const [want] = wants;
        const refused = want !== undefined && taken.has(want.key);
        taken.add(want?.key ?? "");
        return Promise.resolve(refused ? { ...want, until: 0, refusals: 1 } : null);
      },
    },
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
});
