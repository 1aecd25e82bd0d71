/** Attacks of somebody who may write a user's number or address in the directory for a few minutes. */
import { expect } from "chai";
import type { Notice } from "../../cloud/notify/notifier.ts";
import { startNumberChanges } from "../../cloud/people/number-changes.ts";
import { usableMethods } from "../../cloud/people/usable-methods.ts";
import { createNumberChangeStore } from "../../cloud/store/number-changes.ts";
import { rulesSchema } from "../../shared/api/policy.ts";
import { silentLogger } from "../../shared/logger.ts";
import type { SyncChange } from "../../shared/protocol/frames.ts";
import type { DirectoryUser } from "../../shared/user.ts";
import { asGone, asUser, testUser, usersUpTo } from "../support/directory-users.ts";
import { type ResetHost, startResetHost } from "../support/reset-host.ts";
import { newSession, runSync } from "../support/sync-cloud.ts";

const RULES = rulesSchema.parse({ methods: ["text", "call", "office_call", "email"] });
const CHANNELS = new Set(["text", "call", "email"] as const);
const THIEF = "+32499000001";
const VICTIM = testUser(1, { officePhone: "+3225550101", alternateEmail: "jane@home.example" });

describe("a destination that somebody else wrote", () => {
  let host: ResetHost;
  before(async () => (host = await startResetHost()));
  after(() => host.close());

  /** A tenant whose first complete run met these people. */
  async function newTenant(people: readonly DirectoryUser[], policy = {}): Promise<string> {
    const tenantId = await host.newTenant(policy, []);
    await run(tenantId, people.map(asUser));
    return tenantId;
  }
  const run = (tenantId: string, changes: readonly SyncChange[]) =>
    runSync(host.cloud.sync, newSession(tenantId), { changes, cursor: "cursor" });

  async function toldAbout(tenantId: string): Promise<Notice[]> {
    const { people, policy, limits, portalKeys, users, clock, store } = host;
    const notices: Notice[] = [];
    const changes = startNumberChanges({
      people,
      policy,
      limits,
      portalKeys,
      clock,
      log: silentLogger,
      changes: createNumberChangeStore({ store }),
      countUsers: (id) => users.count(id),
      tenantIds: () => Promise.resolve([]),
      notifier: {
        notify(notice) {
          notices.push(notice);
          return Promise.resolve();
        },
      },
    });
    await changes.tell(tenantId);
    await changes.close();
    return notices;
  }

  async function expectHeld(tenantId: string, number: string): Promise<void> {
    const key = await host.atChoice(tenantId, VICTIM.userName);
    await host.noCode(key, "text", number);
  }

  it("waits and is told when the user left the scope in between: a deleted user is remembered (finding 5, S14)", async () => {
    const tenantId = await newTenant([VICTIM]);
    await run(tenantId, [asGone(1)]);
    await run(tenantId, [asUser({ ...VICTIM, mobile: THIEF })]);

    await expectHeld(tenantId, THIEF);
    const [notice, ...others] = await toldAbout(tenantId);
    expect(others).to.be.empty;
    expect(notice?.texts).to.deep.equal([VICTIM.mobile]);
    expect(notice?.emails).to.include("jane@home.example");
  });

  it("is told at the old ones when the user is gone before the notice is sent, and only once (finding 6, S14)", async () => {
    const tenantId = await newTenant([VICTIM]);
    await host.register(tenantId, VICTIM.id, { email: { address: "own@home.example", confirmedAt: 1 } });
    await run(tenantId, [asUser({ ...VICTIM, mobile: THIEF })]);
    await run(tenantId, [asGone(1)]);

    const [notice, ...others] = await toldAbout(tenantId);
    expect(others).to.be.empty;
    expect(notice).to.deep.include({ kind: "number_changed", texts: [VICTIM.mobile] });
    expect(notice?.emails).to.include.members(["jane@home.example", "own@home.example"]);
    expect(notice?.facts).to.include({ changed: "mobile" });

    await run(tenantId, [asUser({ ...VICTIM, mobile: THIEF })]);
    expect(await toldAbout(tenantId)).to.be.empty;
    await expectHeld(tenantId, THIEF);
  });

  it("waits when it was emptied and written again in two runs (finding 5, S14)", async () => {
    const tenantId = await newTenant([VICTIM]);
    await run(tenantId, [asUser({ ...VICTIM, mobile: null })]);
    await run(tenantId, [asUser({ ...VICTIM, mobile: THIEF })]);

    await expectHeld(tenantId, THIEF);
    expect((await toldAbout(tenantId)).map(({ texts }) => texts)).to.deep.equal([[VICTIM.mobile], []]);
  });

  it("does not take the methods of a user whose OU moves out of scope and back, and nothing of the user waits (finding 5, S14)", async () => {
    const tenantId = await newTenant([VICTIM]);
    await host.register(tenantId, VICTIM.id, { email: { address: "own@home.example", confirmedAt: 1 } });
    const before = await host.users.get(tenantId, VICTIM.id);
    await run(tenantId, [asGone(1)]);
    expect(await host.users.get(tenantId, VICTIM.id)).to.equal(null);
    await run(tenantId, [asUser(VICTIM)]);

    const after = await host.users.get(tenantId, VICTIM.id);
    expect(after).to.include({
      createdAt: before?.createdAt,
      numberChangedAt: null,
      officePhoneChangedAt: null,
    });
    expect((await host.people.get(tenantId, VICTIM.id))?.registration.email?.address).to.equal(
      "own@home.example",
    );
    expect(await toldAbout(tenantId)).to.be.empty;
    const key = await host.atChoice(tenantId, VICTIM.userName);
    expect(await host.code(key, "text", VICTIM.mobile)).to.match(/^\d+$/);
  });

  const three = [
    ["mobile", THIEF, ["text", "call"]],
    ["officePhone", "+3225550999", ["office_call"]],
    ["alternateEmail", "thief@home.example", ["email"]],
  ] as const;
  for (const [field, value, methods] of three)
    it(`waits by itself and is told at the old ones when it is the ${field}: each has a time of its own (finding 6, S14)`, async () => {
      const tenantId = await newTenant([VICTIM]);
      await run(tenantId, [asUser({ ...VICTIM, [field]: value })]);

      const [notice] = await toldAbout(tenantId);
      expect(notice?.texts).to.deep.equal([VICTIM.mobile]);
      expect(notice?.emails).to.include("jane@home.example").and.not.include("thief@home.example");
      expect(notice?.facts.changed).to.equal(field);
      const person = await host.people.get(tenantId, VICTIM.id);
      if (person === null) throw new Error("the user is gone");
      const { unusable } = usableMethods(person, RULES, CHANNELS, host.clock.now());
      expect([...unusable].filter(([, why]) => why === "held").map(([method]) => method)).to.have.members([
        ...methods,
      ]);
    });

  it("is told to each of 25 users whose numbers change in one run, and to the administrators (finding 6, S14)", async () => {
    const people = usersUpTo(25);
    const tenantId = await newTenant(people, { admins: { emails: ["security@contoso.com"] } });
    await run(
      tenantId,
      people.map((user, at) => asUser({ ...user, mobile: `+324990000${10 + at}` })),
    );
    const notices = await toldAbout(tenantId);
    expect(notices.filter(({ kind }) => kind === "admin_numbers_changed")).to.have.length(1);
    expect(
      notices.filter(({ kind }) => kind === "number_changed").map(({ emails }) => emails[0]),
    ).to.have.members(people.map(({ userName }) => userName));
  });

  it("waits for a user who is added after the first complete run, and not for those whom that run found (finding 5, S14)", async () => {
    const tenantId = await newTenant([testUser(2)]);
    await run(tenantId, [asUser({ ...VICTIM, mobile: THIEF })]);

    await expectHeld(tenantId, THIEF);
    const key = await host.atChoice(tenantId, testUser(2).userName);
    expect(await host.code(key, "text", testUser(2).mobile)).to.match(/^\d+$/);
  });
});
