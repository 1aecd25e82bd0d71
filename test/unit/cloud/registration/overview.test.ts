import { expect } from "chai";
import { maskAddress, maskNumber } from "../../../../cloud/methods/mask.ts";
import { countingAt } from "../../../../cloud/people/waiting-methods.ts";
import { makeOverview, type Overview } from "../../../../cloud/registration/overview.ts";
import { NO_REGISTRATION, type Registration } from "../../../../cloud/store/registration-record.ts";
import type { StoredUser } from "../../../../cloud/store/user-record.ts";
import { type Rules, rulesSchema } from "../../../../shared/api/policy.ts";
import { DAY_MS } from "../../../../shared/durations.ts";
import { storedUser, testUser } from "../../../support/directory-users.ts";

const NOW = 1_700_000_000_000;

function overview(
  rules: Parameters<typeof rulesSchema.parse>[0],
  registration: Partial<Registration> = {},
  user: Partial<StoredUser> = {},
): Overview {
  const stored = storedUser(1, user);
  const person = {
    id: stored.id,
    real: true,
    user: stored,
    registration: countingAt({ ...NO_REGISTRATION, ...registration }, NOW),
    onFile: { ...NO_REGISTRATION, ...registration },
    epoch: null,
  };
  const parsed: Rules = rulesSchema.parse(rules);
  return makeOverview({ person, rules: parsed, channels: new Set(["text", "call", "email"]), now: NOW });
}
const item = ({ items }: Overview, what: string) => items.find((each) => each.what === what);

describe("the overview", () => {
  it("lists what the rules use, in a fixed order, and what else is registered", () => {
    const made = overview(
      { methods: ["authenticator", "text"] },
      { email: { address: "a@b.example", confirmedAt: 1 } },
    );

    expect(made.items.map(({ what, isUsed }) => [what, isUsed])).to.deep.equal([
      ["mobile", true],
      ["email", false],
      ["authenticator", true],
    ]);
  });

  it("counts a text and a call to the same number as one proof", () => {
    expect(overview({ methods: ["text", "call"], methodsRequired: 2 })).to.include({ ready: 1, required: 2 });
    expect(
      overview({ methods: ["text", "email"] }, { email: { address: "a@b.example", confirmedAt: 1 } }),
    ).to.include({ ready: 2 });
    expect(
      overview({ methods: ["recovery_code"] }, { recoveryCodes: [{ digest: "x", usedAt: 1 }] }),
    ).to.include({
      ready: 0,
    });
  });

  it("marks a recently changed number as held until its owner confirms it", () => {
    const changed = { numberChangedAt: NOW - DAY_MS };
    const user = testUser(1);
    const confirmed = [{ field: "mobile", value: user.mobile ?? "", at: NOW }] as const;

    expect(item(overview({}, {}, changed), "mobile")).to.include({ isHeld: true, isReady: false });
    expect(item(overview({}, { confirmedSynced: confirmed }, changed), "mobile")).to.include({
      isHeld: false,
      isReady: true,
    });
  });

  it("does not count a confirmation of a value that the directory has replaced", () => {
    const confirmedSynced = [{ field: "mobile", value: "+32470000099", at: NOW }] as const;

    expect(item(overview({}, { confirmedSynced }), "mobile")?.synced).to.include({ confirmedAt: null });
  });

  it("is due at first when registration is required, and again after the days in the rules", () => {
    const required = (registration: object, confirmedAt: number | null) =>
      overview({ registration }, { confirmedAt }).isDue;

    expect(required({ required: true }, null)).to.equal(true);
    expect(required({ required: false }, null)).to.equal(false);
    expect(required({ reconfirmDays: 10 }, NOW - 10 * DAY_MS + 1)).to.equal(false);
    expect(required({ reconfirmDays: 10 }, NOW - 10 * DAY_MS)).to.equal(true);
    expect(required({ reconfirmDays: 0 }, NOW - 1_000 * DAY_MS)).to.equal(false);
  });
});

describe("masked values", () => {
  for (const [number, shown] of [
    ["+32470123456", "+32 4•• ••• •56"],
    ["+12025550123", "+1 2•• ••• ••23"],
    ["+3225550123", "+32 2•• ••• 23"],
  ] as const)
    it(`hide the middle digits of ${number}`, () => {
      expect(maskNumber(number)).to.equal(shown);
    });

  it("hide the length of an address", () => {
    expect(maskAddress("ann.meyer@example.com")).to.equal("a••••@example.com");
    expect(maskAddress("a@example.com")).to.equal("a••••@example.com");
    expect(maskAddress("😀x@example.com")).to.equal("😀••••@example.com");
  });
});
