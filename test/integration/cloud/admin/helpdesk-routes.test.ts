import { expect } from "chai";
import { failedCodes } from "../../../../cloud/limits/requests.ts";
import { createFailedCodes } from "../../../../cloud/reset/failed-codes.ts";
import { createLimits } from "../../../../cloud/store/limits.ts";
import { readEpoch } from "../../../../cloud/store/person-epochs.ts";
import { createRegistrations } from "../../../../cloud/store/registrations.ts";
import { openStore, type Store } from "../../../../cloud/store/store.ts";
import type { AuditEntry } from "../../../../shared/api/audit.ts";
import type { DeliveryView } from "../../../../shared/api/deliveries.ts";
import { policySchema } from "../../../../shared/api/policy.ts";
import type { UserDetails } from "../../../../shared/api/users.ts";
import { systemClock } from "../../../../shared/clock.ts";
import { silentLogger } from "../../../../shared/logger.ts";
import { sharedCloud, type TestCloud } from "../../../support/cloud.ts";
import { type CloudAgent, connectCloudAgent } from "../../../support/cloud-agent.ts";
import { testUser, userId } from "../../../support/directory-users.ts";
import { newPortalKeys } from "../../../support/notifier-node.ts";
import { testMac } from "../../../support/record-mac.ts";
import { waitFor } from "../../../support/wait-for.ts";

const CONFIRMED = Date.parse("2026-03-01T09:00:00Z");

describe("API for the helpdesk", () => {
  let cloud: TestCloud;
  let store: Store;
  let tenantId: string;
  let base: string;
  let peer: CloudAgent;

  before(async () => {
    cloud = await sharedCloud();
    store = await openStore({ mac: testMac, connection: cloud.redis.connection, log: silentLogger });
  });
  after(() => store.close());
  beforeEach(async () => {
    tenantId = await cloud.newTenant();
    base = `/api/v1/tenants/${tenantId}`;
    peer = await connectCloudAgent(cloud, tenantId);
    await peer.sync([testUser(1, { alternateEmail: "ann@home.example" }), testUser(2)]);
  });
  afterEach(() => peer.close());

  /** Registers one of every method for user 1. */
  const register = () =>
    createRegistrations({ store }).update(tenantId, userId(1), (present) => ({
      ...present,
      mobile: { number: "+32478998877", confirmedAt: CONFIRMED },
      email: { address: "anna@private.example", confirmedAt: CONFIRMED },
      authenticator: { sealedSecret: "c2VhbGVk", confirmedAt: CONFIRMED, lastStep: 0 },
      questions: [{ questionId: "first-school", answerHash: "hash-of-an-answer" }],
      recoveryCodes: [
        { digest: "digest-one", usedAt: CONFIRMED },
        { digest: "digest-two", usedAt: null },
      ],
      confirmedSynced: [{ field: "mobile", value: "+32470000001", at: CONFIRMED }],
      confirmedAt: CONFIRMED,
    }));
  const show = async (user = "user1") =>
    (await cloud.api<UserDetails>("GET", `${base}/users/${user}`)).body.registration;
  const audited = async (action: string) =>
    (await cloud.api<{ items: AuditEntry[] }>("GET", `${base}/audit`)).body.items.filter(
      (entry) => entry.action === action,
    );
  const deliveries = async (query = "") =>
    (await cloud.api<{ items: DeliveryView[] }>("GET", `${base}/deliveries${query}`)).body.items;

  it("shows what a person could prove themselves with, masked", async () => {
    await register();

    const at = new Date(CONFIRMED).toISOString();
    expect(await show()).to.deep.equal({
      confirmedAt: at,
      items: [
        { what: "mobile", value: "+32 *** **77", source: "person", confirmedAt: at, waitsUntil: null },
        { what: "mobile", value: "+32 *** **01", source: "directory", confirmedAt: at, waitsUntil: null },
        {
          what: "email",
          value: "a••••@private.example",
          source: "person",
          confirmedAt: at,
          waitsUntil: null,
        },
        {
          what: "email",
          value: "a••••@home.example",
          source: "directory",
          confirmedAt: null,
          waitsUntil: null,
        },
        { what: "authenticator", value: null, source: "person", confirmedAt: at, waitsUntil: null },
        { what: "questions", value: "1 answered", source: "person", confirmedAt: null, waitsUntil: null },
        {
          what: "recovery_codes",
          value: "1 of 2 left",
          source: "person",
          confirmedAt: null,
          waitsUntil: null,
        },
      ],
    });
  });

  it("says nothing of secrets, digests and answers (T-35)", async () => {
    await register();

    const { body } = await cloud.api<unknown>("GET", `${base}/users/user1`);

    expect(JSON.stringify(body)).to.not.match(/sealed|c2VhbGVk|hash-of|digest|first-school|99887|anna@/);
  });

  it("shows the directory's values for a user without a registration", async () => {
    expect(await show("user2")).to.deep.equal({
      confirmedAt: null,
      items: [
        { what: "mobile", value: "+32 *** **02", source: "directory", confirmedAt: null, waitsUntil: null },
      ],
    });
  });

  it("removes the methods of a user, and notifies the addresses they had (T-35)", async () => {
    await register();

    const { status, body } = await cloud.api<object>("DELETE", `${base}/users/user1/registration`);

    expect([status, body]).to.deep.equal([
      200,
      { forgotten: ["mobile", "email", "authenticator", "questions", "recovery_codes"] },
    ]);
    expect((await show()).items.map(({ source }) => source)).to.deep.equal(["directory", "directory"]);
    expect((await show()).items[0]?.confirmedAt).to.equal(null);
    const [entry] = await audited("registration.changed");
    expect(entry).to.deep.include({ subject: `user:${userId(1)}`, outcome: "done" });
    expect(entry?.details).to.deep.include({
      removed: "mobile,email,authenticator,questions,recovery_codes",
    });
    const sent = await waitFor("the notices", async () => {
      const items = await deliveries(`?correlationId=${entry?.correlationId ?? ""}`);
      return items.length === 3 && items;
    });
    expect(sent.map(({ kind }) => kind)).to.deep.equal(Array(3).fill("method_removed"));
    expect(sent.map(({ to }) => to.replace(/^.*@/, "")).sort()).to.deep.equal([
      "contoso.com",
      "home.example",
      "private.example",
    ]);
  });

  it("removes nothing and sends no notice when nothing was registered", async () => {
    const { body } = await cloud.api<object>("DELETE", `${base}/users/user2/registration`);

    expect(body).to.deep.equal({ forgotten: [] });
    expect(await deliveries()).to.deep.equal([]);
  });

  it("shows when a user's block ends, and lifts the block", async () => {
    const limits = createLimits({ store });
    const fails = createFailedCodes({
      limits,
      clock: systemClock,
      portalKeys: newPortalKeys(),
      countUsers: () => Promise.resolve(2),
      rules: () => Promise.resolve(policySchema.parse({}).limits),
      onAttack: () => Promise.resolve(),
    });
    const blockedUntil = async () =>
      (await cloud.api<{ blockedUntil: string | null }>("GET", `${base}/users/user1`)).body.blockedUntil;
    const person = { id: userId(1), real: true };
    const wrong = { tenantId, person, userName: "user1", address: "192.0.2.1", challengeId: null };
    await fails.charge(wrong);
    expect(await blockedUntil(), "after one").to.equal(null);
    for (let each = 1; each < (failedCodes(person, null, 0)[0]?.limit ?? 0); each++)
      await fails.charge(wrong);

    const until = Date.parse((await blockedUntil()) ?? "");
    await cloud.api("POST", `${base}/users/user1/unblock`);

    expect(until).to.be.greaterThan(Date.now());
    expect((await fails.standing(wrong)).blockedUntil).to.equal(null);
    expect(await blockedUntil()).to.equal(null);
  });

  it("lifts a block, once for all counters of the person (T-35)", async () => {
    const limits = createLimits({ store });
    const fails = [{ name: "fails", key: `person:${userId(1)}:fails`, limit: 1, windowMs: 60_000 }];
    const sends = [{ name: "sends", key: `person:${userId(1)}:sends`, limit: 1, windowMs: 60_000 }];
    for (const wants of [fails, sends]) await limits.take(tenantId, wants);
    expect(await limits.take(tenantId, fails)).to.not.equal(null);

    const { body } = await cloud.api<{ cleared: number }>("POST", `${base}/users/user1/unblock`);
    const again = await cloud.api<{ cleared: number }>("POST", `${base}/users/user1/unblock`);

    expect(body.cleared).to.be.at.least(1);
    expect(again.body.cleared).to.equal(0);
    expect(await limits.take(tenantId, fails)).to.equal(null);
    expect((await audited("person.unblocked"))[0]).to.deep.include({ subject: `user:${userId(1)}` });
  });

  it("shows until when a method waits that was added with the password alone", async () => {
    const countsFrom = Date.now() + 3_600_000;
    await createRegistrations({ store }).update(tenantId, userId(2), (present) => ({
      ...present,
      authenticator: { sealedSecret: "c2VhbGVk", confirmedAt: CONFIRMED, lastStep: 0, countsFrom },
    }));

    expect((await show("user2")).items).to.deep.include({
      what: "authenticator",
      value: null,
      source: "person",
      confirmedAt: new Date(CONFIRMED).toISOString(),
      waitsUntil: new Date(countsFrom).toISOString(),
    });
  });

  it("ends the sessions of a user", async () => {
    const { status, body } = await cloud.api<object>("POST", `${base}/users/user1/sign-out`);

    expect([status, body]).to.deep.equal([200, { userId: userId(1) }]);
    expect((await audited("person.signed_out"))[0]).to.deep.include({ subject: `user:${userId(1)}` });
    expect(await readEpoch(store, tenantId, userId(1))).to.match(/^administrator:/);
    expect(await readEpoch(store, tenantId, userId(2))).to.equal(null);
  });

  it("lists the limits that refuse, shows one, and lifts it", async () => {
    const limits = createLimits({ store });
    const refused = {
      name: "network_codes",
      key: "network_codes:203.0.113.0/24",
      limit: 1,
      windowMs: 60_000,
      listed: true,
    };
    for (let times = 0; times < 2; times++) await limits.take(tenantId, [refused]);
    const at = `${base}/limits/network_codes`;

    const shown = await cloud.api<{ engaged: { for: string }[] }>("GET", at);
    const { body: listed } = await cloud.api<{ items: { name: string; engaged: object[] }[] }>(
      "GET",
      `${base}/limits`,
    );
    const lifted = await cloud.api<object>("POST", `${at}/lift`, { for: "203.0.113.0/24" });

    expect(shown.body.engaged.map((one) => one.for)).to.deep.equal(["203.0.113.0/24"]);
    expect(listed.items.filter(({ engaged }) => engaged.length > 0).map(({ name }) => name)).to.deep.equal([
      "network_codes",
    ]);
    expect(lifted.body).to.deep.equal({ lifted: 1 });
    expect(await limits.take(tenantId, [refused])).to.equal(null);
    expect((await audited("limit.lifted"))[0]?.details).to.include({ for: "203.0.113.0/24", lifted: 1 });
    const wrong = await cloud.api<{ code: string }>("POST", `${base}/limits/failed_codes/lift`, {});
    expect(wrong.body.code).to.equal("LIMIT_NOT_LIFTABLE");
  });

  it("names an unknown user, and needs its scope", async () => {
    const { secret: reader } = await cloud.newKey(["users:read"]);

    for (const [method, path] of [
      ["POST", "unblock"],
      ["POST", "sign-out"],
      ["DELETE", "registration"],
    ] as const) {
      const unknown = await cloud.api(method, `${base}/users/nobody/${path}`);
      const forbidden = await cloud.api(method, `${base}/users/user1/${path}`, undefined, { key: reader });
      expect([unknown.status, unknown.body.code]).to.deep.equal([404, "USER_UNKNOWN"]);
      expect([forbidden.status, forbidden.body.code]).to.deep.equal([403, "SCOPE_MISSING"]);
    }
  });

  it("lists no deliveries for a text that is not an id", async () => {
    for (const query of ["?correlationId=a%20b", "?correlationId=", "?limit=0", "?to=ann"])
      expect((await cloud.api("GET", `${base}/deliveries${query}`)).body.code, query).to.equal(
        "REQUEST_INVALID",
      );
    expect(await deliveries("?correlationId=nothing-has-this")).to.deep.equal([]);
  });
});
