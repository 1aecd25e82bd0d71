import { expect } from "chai";
import { encodeChanges, sortChanges, type UserDecision } from "../../../../cloud/store/encode-changes.ts";
import type { SyncChange } from "../../../../shared/protocol/frames.ts";
import { fingerprintUser, serializeUser } from "../../../../shared/user.ts";
import { asDigest, asGone, asUser, testUser, userId } from "../../../support/directory-users.ts";

const encode = (changes: readonly SyncChange[], decisions: Readonly<Record<string, UserDecision>> = {}) =>
  encodeChanges(sortChanges(changes), new Map(Object.entries(decisions)), false);

describe("encodeChanges", () => {
  it("encodes seven lists, each after its length", () => {
    const user = testUser(1, { aliases: ["one", "uno"] });
    const json = serializeUser(user);

    const changes: SyncChange[] = [
      asUser(user),
      asUser(testUser(7)),
      { kind: "digest", id: userId(2), fingerprint: "0123456789abcdef", unusableNumber: true },
      { kind: "present", ids: [userId(3), userId(4)] },
      { kind: "gone", id: userId(5), reason: "left_scope" },
      { kind: "rejected", id: null, dn: null, reason: "no_id", attribute: null },
      { kind: "unusable", id: userId(1), dn: "cn=one", reason: "too_short", attribute: "mobile" },
      { kind: "other_source", id: userId(6), dn: "cn=six" },
    ];
    const args = encode(changes, { [userId(1)]: { seen: "u123", tell: true, value: "the record" } });

    expect(args).to.deep.equal([
      2,
      userId(1),
      fingerprintUser(json),
      "",
      "u123",
      "1",
      "the record",
      userId(7),
      fingerprintUser(serializeUser(testUser(7))),
      "",
      "",
      "",
      "",
      1,
      userId(2),
      "0123456789abcdef",
      "n",
      2,
      userId(3),
      userId(4),
      1,
      userId(5),
      "left_scope",
      1,
      "",
      "no_id",
      "",
      "",
      1,
      "too_short",
      `value\0${userId(1)}\0mobile`,
      JSON.stringify({
        what: "value",
        id: userId(1),
        dn: "cn=one",
        attribute: "mobile",
        reason: "too_short",
      }),
      1,
      `entry\0${userId(6)}`,
      JSON.stringify({ what: "entry", id: userId(6), dn: "cn=six", attribute: null, reason: "other_source" }),
    ]);
  });

  it("encodes users whom nobody writes like digests", () => {
    const sorted = sortChanges([asUser(testUser(1)), asDigest(testUser(2))]);
    const digests = sortChanges([asDigest(testUser(1)), asDigest(testUser(2))]);
    expect(encodeChanges(sorted, new Map(), true)).to.deep.equal(encodeChanges(digests, new Map(), true));
  });

  it("computes the fingerprint itself", () => {
    const change = { ...asUser(testUser(1)), fingerprint: "ffffffffffffffff" } as SyncChange;
    expect(encode([change])).to.deep.equal(encode([asUser(testUser(1))]));
  });

  it("keeps the last change of a user with two changes", () => {
    const last = testUser(1, { displayName: "Last" });
    expect(encode([asUser(testUser(1)), asUser(last)])).to.deep.equal(encode([asUser(last)]));
  });

  const meetings: readonly [string, SyncChange][] = [
    ["an entry", asUser(testUser(1))],
    ["a presence", { kind: "present", ids: [userId(1)] }],
    ["a rejection", { kind: "rejected", id: userId(1), dn: null, reason: "no_user_name", attribute: "uid" }],
    ["a digest", { kind: "digest", id: userId(1), fingerprint: "0123456789abcdef", unusableNumber: false }],
  ];
  for (const [name, change] of meetings)
    it(`drops a deletion when ${name} of the same user follows it, but not when it precedes it`, () => {
      expect(encode([asGone(1), change])).to.deep.equal(encode([change]));
      expect(encode([change, asGone(1)])).to.include("deleted");
    });

  for (const text of ["a\0b", "a\nb", "a\u007fb"])
    it(`rejects a name with a control character: ${JSON.stringify(text)}`, () => {
      const args = encode([asUser(testUser(1, { userName: text }))]);
      expect(args.slice(0, 7)).to.deep.equal([0, 0, 0, 0, 1, userId(1), "invalid_text"]);
    });
});
