import { expect } from "chai";
import type { AuditEvent } from "../../../../cloud/audit/audit.ts";
import type { Notice } from "../../../../cloud/notify/notifier.ts";
import { startMethodChanges } from "../../../../cloud/people/method-changes.ts";
import { keys } from "../../../../cloud/store/keys.ts";
import type { OwedChange } from "../../../../cloud/store/registration-record.ts";
import { AppError } from "../../../../shared/errors.ts";
import { newId } from "../../../../shared/ids.ts";
import { silentLogger } from "../../../../shared/logger.ts";
import { testUser, userId } from "../../../support/directory-users.ts";
import { type ResetHost, startResetHost } from "../../../support/reset-host.ts";
import { waitFor } from "../../../support/wait-for.ts";

describe("messages about changed methods that a dead node has left", () => {
  let host: ResetHost;
  before(async () => (host = await startResetHost()));
  after(() => host.close());

  /** `fails`: the notices that cannot be stored. */
  function start(tenantIds: readonly string[] = [], fails: (notice: Notice) => boolean = () => false) {
    const { registrations, policy, limits, portalKeys, users, clock } = host;
    const notices: string[] = [];
    const audited: AuditEvent[] = [];
    const node = startMethodChanges({
      registrations,
      policy,
      limits,
      portalKeys,
      clock,
      log: silentLogger,
      countUsers: (tenantId) => users.count(tenantId),
      tenantIds: () => Promise.resolve(tenantIds),
      notifier: {
        async notify(notice) {
          await Promise.resolve();
          if (fails(notice)) throw new AppError("STORE_FULL");
          notices.push(notice.correlationId);
        },
      },
      audit: {
        append(event) {
          audited.push(event);
          return Promise.resolve();
        },
      },
    });
    return { ...node, notices, audited };
  }

  /** Leaves a change of this user's methods as a node does that dies right after it. */
  async function owe(tenantId: string, number: number): Promise<void> {
    const owed: OwedChange = {
      id: newId(),
      at: host.clock.now() - 60_000 + number,
      owes: ["audit", "notice"],
      isProven: true,
      actor: "registration:x",
      correlationId: `change of user ${number}`,
      details: {},
      kind: "method_added",
      emails: ["jane@contoso.com"],
      texts: [],
      language: "en",
      facts: {},
    };
    await host.registrations.update(tenantId, userId(number), (present) => ({ ...present, owed: [owed] }));
  }
  const users = (count: number) => Array.from({ length: count }, (_, at) => testUser(at + 1));
  const owing = (tenantId: string) => host.registrations.owing(tenantId, Infinity);

  it("are sent once for a user who was deleted meanwhile, and what is kept of the user still expires", async () => {
    const tenantId = await host.newTenant({}, users(2));
    await owe(tenantId, 1);
    await host.remove(tenantId, 1);
    const node = start();

    for (let round = 0; round < 3; round += 1) await node.settleOwed(tenantId, host.clock.now());
    await node.close();

    expect([node.notices, node.audited.length]).to.deep.equal([["change of user 1"], 1]);
    expect(await owing(tenantId)).to.deep.equal([]);
    const key = keys.registrations(tenantId) + userId(1);
    expect(await host.store.redis.pttl(key)).to.be.greaterThan(0);
    expect((await host.registrations.get(tenantId, userId(1))).owed).to.deep.equal([]);
  });

  it("are sent behind any number of users who have no registration any more, a forged one, or messages that fail", async () => {
    const tenantId = await host.newTenant({}, users(3));
    for (const number of [1, 2, 3]) await owe(tenantId, number);
    const index = keys.registrationsOwing(tenantId);
    const dead = Array.from({ length: 150 }, (_, at) => userId(at + 1_000));
    await host.store.redis.zadd(index, ...dead.flatMap((id) => [1, id]));
    await host.store.redis.set(keys.registrations(tenantId) + userId(1), "1\nforged\n{}");
    const node = start([], ({ correlationId }) => correlationId === "change of user 2");

    await node.settleOwed(tenantId, host.clock.now());
    expect(node.notices).to.deep.equal(["change of user 3"]);
    expect(await owing(tenantId), "only those that failed are left").to.have.members([userId(1), userId(2)]);

    await node.close();
    const next = start();
    await host.clock.advance(60_000);
    await next.settleOwed(tenantId, host.clock.now());
    await next.close();
    expect(next.notices).to.deep.equal(["change of user 2"]);
    expect(node.audited.length + next.audited.length, "the audit entry is not written again").to.equal(2);
  });

  it("are sent by one node at a time", async () => {
    const tenantId = await host.newTenant({}, users(5));
    for (const number of [1, 2, 3, 4, 5]) await owe(tenantId, number);
    const nodes = [start(), start(), start()];

    await Promise.all(nodes.map((node) => node.settleOwed(tenantId, host.clock.now())));
    for (const node of nodes) await node.close();

    const sent = nodes.map(({ notices }) => notices.length).sort();
    expect(sent, "by one of them").to.deep.equal([0, 0, 5]);
  });

  it("are sent in every tenant, also when those of another cannot be read", async () => {
    const [broken, other] = [await host.newTenant({}, users(1)), await host.newTenant({}, users(1))];
    await owe(other, 1);
    await host.store.redis.set(keys.registrationsOwing(broken), "not a sorted set");
    const node = start([broken, other]);

    await host.clock.advance(60_000);
    await waitFor("the message of the other tenant", () => node.notices.includes("change of user 1"));
    await node.close();
  });
});
