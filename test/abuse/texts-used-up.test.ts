import { expect } from "chai";
import { createPortalKeys } from "../../cloud/keys/portal-keys.ts";
import { codeSends } from "../../cloud/limits/requests.ts";
import type { Notice } from "../../cloud/notify/notifier.ts";
import { startNumberChanges } from "../../cloud/people/number-changes.ts";
import { createLimits } from "../../cloud/store/limits.ts";
import { createNumberChangeStore } from "../../cloud/store/number-changes.ts";
import { policySchema } from "../../shared/api/policy.ts";
import { HOUR_MS } from "../../shared/durations.ts";
import { newId } from "../../shared/ids.ts";
import { silentLogger } from "../../shared/logger.ts";
import { toBase64url } from "../../shared/sealing/bytes.ts";
import { Secret } from "../../shared/secret.ts";
import { ageLimits } from "../support/age-limits.ts";
import { testUser, userId, usersUpTo } from "../support/directory-users.ts";
import { startRegistrationHost } from "../support/registration-host.ts";
import { type ResetHost, startResetHost } from "../support/reset-host.ts";
import { waitFor } from "../support/wait-for.ts";

const STRANGER = "192.0.2.7";
/** Those of the registration host. */
const testKeys = createPortalKeys(new Secret(toBase64url(Buffer.alloc(32, 7))));

describe("the tenant's texts of a day", () => {
  let host: ResetHost;
  before(async () => (host = await startResetHost()));
  after(() => host.close());

  /** 15 texts a day for strangers and 15 for those who have proved who they are. */
  const tenant = (limits = {}) =>
    host.newTenant({ limits: { codesPerDay: { minimum: 30, percentOfUsers: 0 }, ...limits } }, usersUpTo(40));
  const answers = async (tenantId: string, from: number, to: number, address?: string) => {
    const all: unknown[] = [];
    for (let number = from; number < to; number++)
      all.push((await host.ask(tenantId, number, address)).answer);
    return all;
  };
  const isKnown = (tenantId: string, number: number) =>
    waitFor(
      "the person to be known",
      async () => (await host.limits.known(tenantId, userId(number), "")).person,
    );
  const counted = async (tenantId: string, name: string): Promise<number> => {
    const text = (await host.store.redis.hget(`lk:{${tenantId}}:limit:${name}`, "count")) ?? "";
    return [...text.replace(/^[^;]*;/, "").matchAll(/ (\d+);/g)].reduce((sum, [, n]) => sum + Number(n), 0);
  };

  it("are not used up by one stranger who asks for 70 colleagues from one address (finding 9, T-05): one network takes a third of them", async () => {
    const tenantId = await tenant();
    expect(await answers(tenantId, 0, 8, STRANGER)).to.deep.equal([
      ...Array<string>(5).fill("sent"),
      ...Array<string>(3).fill("limit_network_codes_of_day"),
    ]);
    await ageLimits(host.store.redis, tenantId, 2 * HOUR_MS);
    expect(await answers(tenantId, 8, 9, STRANGER), "later that day").to.deep.equal([
      "limit_network_codes_of_day",
    ]);
    expect(await answers(tenantId, 9, 12)).to.deep.equal(["sent", "sent", "sent"]);
    const lifted = await host.limits.clear(tenantId, await host.limits.engaged(tenantId));
    expect(lifted, "by an administrator").to.equal(1);
    expect(await answers(tenantId, 12, 13, STRANGER)).to.deep.equal(["sent"]);
  });

  it("are not used up from inside the office either, neither for strangers nor for those who have proved who they are (finding 9, T-05): one counter for both, and a half for an own network", async () => {
    const tenantId = await tenant({ ownNetworks: [{ network: "198.51.100.0/24" }] });
    const { key, otp } = await host.ask(tenantId, 39, STRANGER);
    await host.enter(key, otp);
    await isKnown(tenantId, 39);
    expect((await answers(tenantId, 0, 7, STRANGER)).filter((answer) => answer === "sent")).to.have.length(5);
    expect(
      (await answers(tenantId, 7, 17, "198.51.100.9")).filter((answer) => answer === "sent"),
    ).to.have.length(8);
    expect((await host.ask(tenantId, 39)).answer, "a known person elsewhere").to.equal("sent");
    expect((await host.ask(tenantId, 30)).answer, "an unknown person elsewhere").to.equal("sent");
  });

  it("are all there again after a new office has used its codes (finding 9, T-05): a used code gives back exactly what it took, though the office is known by then", async () => {
    const tenantId = await tenant({ perNetwork: { codes: 100 } });
    const asked = [];
    for (let number = 0; number < 5; number++) asked.push(await host.ask(tenantId, number, STRANGER));
    expect(await counted(tenantId, "tenant_codes")).to.equal(5);
    for (const { key, otp } of asked) await host.expectStep(await host.enter(key, otp), "password");

    await waitFor("all to be given back", async () => (await counted(tenantId, "tenant_codes")) === 0);
    expect(await counted(tenantId, "network_codes_of_day:192.0.2.0/24")).to.equal(0);
  });

  it("of those who have proved who they are do not grow by codes that strangers' texts paid for (finding 9, T-05)", async () => {
    const tenantId = await tenant();
    const first = await host.ask(tenantId, 1);
    const later = [await host.ask(tenantId, 1), await host.ask(tenantId, 1)];
    await host.enter(first.key, first.otp);
    await isKnown(tenantId, 1);
    for (const number of [10, 11, 12]) await host.limits.remember(tenantId, userId(number), "x", "proof");
    await answers(tenantId, 10, 13);
    expect(await counted(tenantId, "tenant_codes_of_known")).to.equal(3);

    for (const { key, otp } of later) await host.enter(key, otp);
    await waitFor("all to be given back", async () => (await counted(tenantId, "tenant_codes")) === 0);
    expect(await counted(tenantId, "tenant_codes_of_known")).to.equal(3);
  });

  it("are not used up by an insider who changes their own number 80 times (finding 6, T-05): three texts a day go to one person's old numbers, and none of them is a code's", async () => {
    const tenantId = await tenant();
    const texts: string[] = [];
    await using changes = numberChanges((notice) => texts.push(...(notice.texts ?? [])));
    for (let number = 0; number < 8; number++) {
      await host.sync(tenantId, [testUser(1, { mobile: `+3247910000${number}` })]);
      await changes.tell(tenantId);
    }
    expect(texts).to.deep.equal([testUser(1).mobile, "+32479100000", "+32479100001"]);
    expect(await counted(tenantId, "tenant_codes_of_known")).to.equal(0);
  });

  /** Tells of changed numbers as a node does, but only when it is asked to. */
  function numberChanges(notify: (notice: Notice) => void) {
    const { people, policy, limits, portalKeys, users, clock, store } = host;
    const changes = startNumberChanges({
      changes: createNumberChangeStore({ store }),
      notifier: {
        notify(notice) {
          notify(notice);
          return Promise.resolve();
        },
      },
      countUsers: (id) => users.count(id),
      tenantIds: () => Promise.resolve([]),
      log: silentLogger,
      people,
      policy,
      limits,
      portalKeys,
      clock,
    });
    return {
      tell: (tenantId: string) => changes.tell(tenantId),
      [Symbol.asyncDispose]: () => changes.close(),
    };
  }
});

describe("the text that a method waits", () => {
  it("comes although a thief has used up the codes to the phone (finding 5, T-05, T-35): notices have counters of their own, and three a day for one person", async () => {
    await using host = await startRegistrationHost();
    host.reset();
    const user = await host.person();
    const limits = createLimits({ store: host.cloud.store });
    const rules = policySchema.parse(host.policy).limits;
    const send = { tenantId: host.tenantId, userId: user.id, to: user.mobile ?? "", users: 1, rules };
    const code = { ...send, channel: "text" as const, network: null, isKnown: true, isAtKnownPlace: false };
    const asked: unknown[] = [];
    while (asked.length < 4) asked.push(await limits.take(host.tenantId, codeSends(code, testKeys)));
    expect(asked[3]).to.include({ name: "number_codes_of_hour" });

    const stored = await host.cloud.users.get(host.tenantId, user.id);
    if (stored === null) throw new Error("the user is synced");
    for (let times = 0; times < 5; times++)
      await host.methodChanges.change({
        tenantId: host.tenantId,
        user: stored,
        kind: "added",
        methods: ["authenticator"],
        id: newId(),
        actor: "test",
        correlationId: newId(),
        language: "en",
        details: {},
        waitsUntil: Date.now() + HOUR_MS,
        isProven: false,
        within: null,
        change: (present) => ({
          ...present,
          email: { address: `new${times}@thief.example`, confirmedAt: times },
        }),
      });
    expect(host.notices.flatMap(({ texts }) => texts ?? [])).to.deep.equal(Array(3).fill(user.mobile));
    expect(host.notices, "each is told by mail").to.have.length(5);
  });
});
