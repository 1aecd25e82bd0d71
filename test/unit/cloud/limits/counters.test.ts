import { expect } from "chai";
import { createPortalKeys } from "../../../../cloud/keys/portal-keys.ts";
import { limitNamed, LIMITS } from "../../../../cloud/limits/counters.ts";
import { networkOf } from "../../../../cloud/limits/network.ts";
import {
  type CodeSend,
  codeSends,
  noticeTexts,
  sharedCounters,
  withheld,
} from "../../../../cloud/limits/requests.ts";
import { defaultText, thresholdText } from "../../../../cloud/limits/thresholds.ts";
import { policySchema } from "../../../../shared/api/policy.ts";
import { Secret } from "../../../../shared/secret.ts";

const portalKeys = createPortalKeys(new Secret(Buffer.alloc(32, 7).toString("base64url")));
const rules = policySchema.parse({}).limits;
const send: CodeSend = {
  tenantId: "contoso",
  userId: "a".repeat(32),
  channel: "text",
  to: "+32470123456",
  network: networkOf("192.0.2.7", rules),
  isKnown: false,
  isAtKnownPlace: false,
  users: 1_000,
  rules,
};
const limits = (change: Partial<CodeSend> = {}): Record<string, number> =>
  Object.fromEntries(
    codeSends({ ...send, ...change }, portalKeys).map(({ key, limit, windowMs }) => [
      `${key.replace(/:[A-Za-z0-9_-]{22}$/, ":digest")} ${windowMs / 3_600_000} h`,
      limit,
    ]),
  );

describe("limits: the counters of one more code (T-05)", () => {
  it("are those of the number, the user, the network and the tenant", () => {
    expect(limits()).to.deep.equal({
      "number_codes_of_hour:digest 1 h": 3,
      "number_codes:digest 24 h": 5,
      [`person:${"a".repeat(32)}:person_codes 24 h`]: 5,
      "network_codes:192.0.2.0/24 1 h": 60,
      "network_codes_of_day:192.0.2.0/24 24 h": 67,
      "tenant_codes 24 h": 200,
    });
    expect(limits({ users: 3 })["tenant_codes 24 h"]).to.equal(120);
  });

  it("allow one network a third of the tenant's budget, and an own network half of it", () => {
    expect(limits({ users: 3 })["network_codes_of_day:192.0.2.0/24 24 h"]).to.equal(40);
    const own = { ...networkOf("192.0.2.7", rules), isOwn: true };
    expect(limits({ users: 3, network: own })["network_codes_of_day:192.0.2.0/24 24 h"]).to.equal(60);
  });

  it("have a budget apart for people and networks that have proved something before", () => {
    expect(limits({ isKnown: true })).to.include({ "tenant_codes_of_known 24 h": 200 });
    expect(limits({ isKnown: true })).to.not.have.property("tenant_codes 24 h");
  });

  it("leave the network out for a visitor who has signed in", () => {
    expect(Object.keys(limits({ network: null })).filter((key) => key.startsWith("network"))).to.deep.equal(
      [],
    );
  });

  it("allow two calls a day to a number whose code was not used", () => {
    expect(limits({ channel: "call" })["number_calls:digest 24 h"]).to.equal(2);
  });

  it("are separate for email, which is free and uses up no budget of texts and calls", () => {
    expect(limits({ channel: "email", to: "A@b.example" })).to.deep.equal({
      "address_codes_of_hour:digest 1 h": 3,
      "address_codes:digest 24 h": 5,
      [`person:${"a".repeat(32)}:person_emails 24 h`]: 10,
      "network_emails:192.0.2.0/24 1 h": 120,
    });
  });

  it("contain no number, and count texts and calls to one number together", () => {
    const [text, call] = (["text", "call"] as const).map((channel) =>
      codeSends({ ...send, channel }, portalKeys),
    );
    expect(JSON.stringify(text)).to.not.include("470123456");
    expect(text?.[0]?.key).to.equal(call?.[0]?.key);
    const other = codeSends({ ...send, to: "+32470123457" }, portalKeys);
    expect(other[0]?.key).to.not.equal(text?.[0]?.key);
  });

  it("are those of the user, the number and the tenant for a text that nobody asked for, and none that a code takes", () => {
    const names = noticeTexts(send, portalKeys).map(({ name }) => name);
    expect(names).to.deep.equal(["person_notice_texts", "number_notice_texts", "tenant_notice_texts"]);
  });

  it("are given back by a used code where others share them, and nowhere else", () => {
    const given = sharedCounters(codeSends({ ...send, channel: "call" }, portalKeys));
    expect(given.map(({ name }) => name)).to.deep.equal([
      "network_codes",
      "network_codes_of_day",
      "tenant_codes",
      "number_calls",
    ]);
  });

  it("are written without a limit for a withheld code", () => {
    const [first] = codeSends(send, portalKeys).map(withheld);
    expect(first?.key).to.match(/^withheld:number_/);
    expect(first?.limit).to.be.greaterThan(1_000_000);
  });
});

describe("limits: the network of a visitor", () => {
  const own = policySchema.parse({
    limits: { ownNetworks: [{ network: "198.51.100.0/22" }, { network: "2001:db8::/32", codes: 7 }] },
  }).limits;

  it("is the range that one customer usually has, with the numbers for strangers", () => {
    expect(networkOf("203.0.113.9", own)).to.deep.include({
      name: "203.0.113.0/24",
      isOwn: false,
      codes: 60,
    });
  });

  it("is the whole of an own network, with numbers of its own", () => {
    expect(networkOf("::ffff:198.51.102.9", own)).to.deep.include({
      name: "198.51.100.0/22",
      isOwn: true,
      codes: 1_000,
    });
    expect(networkOf("2001:db8:7::1", own)).to.deep.include({ name: "2001:db8::/32", codes: 7 });
  });

  it("may be no text that is no network", () => {
    const { success } = policySchema.safeParse({ limits: { ownNetworks: [{ network: "the office" }] } });
    expect(success).to.equal(false);
  });
});

describe("limits: the table", () => {
  it("says of each limit what it counts, whom it protects and who lifts it", () => {
    for (const [name, limit] of Object.entries(LIMITS)) {
      expect(limit.counts, name).to.not.equal("");
      expect(limit.protects, name).to.not.equal("");
      const isOfUser = limit.by === "person" || limit.by === "destination";
      expect(limit.liftedBy === "helpdesk", name).to.equal(isOfUser);
    }
    expect(limitNamed("no_such_limit")).to.equal(undefined);
  });

  it("prints the numbers that requests are made with: those of the tenant, and the defaults for the docs", () => {
    const own = policySchema.parse({ limits: { codesPerDay: { minimum: 30, percentOfUsers: 1 } } }).limits;
    const [tenant, size] = [
      { ...send, rules: own, users: 40 },
      { rules: own, users: 40 },
    ];
    const wants = codeSends(tenant, portalKeys);
    for (const name of ["network_codes_of_day", "tenant_codes", "number_codes_of_hour"] as const) {
      const want = wants.find((one) => one.name === name);
      expect(thresholdText(LIMITS[name], size).split(";")[0], name).to.equal(String(want?.limit));
    }
    expect(thresholdText(LIMITS.network_codes_of_day, size)).to.equal("5; 8 for an own network");
    expect(defaultText(LIMITS.tenant_codes, rules)).to.equal("120, or 20 % of the users");
    expect(defaultText(LIMITS.number_codes_of_hour, rules)).to.match(/^3; 2 from networks/);
  });
});
