import { expect } from "chai";
import {
  type DecidedUsers,
  encodeChanges,
  type SentUser,
  sortChanges,
} from "../../../../cloud/store/encode-changes.ts";
import type { SyncChange } from "../../../../shared/protocol/frames.ts";
import { fingerprintUser, serializeUser } from "../../../../shared/user.ts";
import { asDigest, asGone, asUser, testUser, userId } from "../../../support/directory-users.ts";

/** Encodes changes that are only compared. */
function encode(changes: readonly SyncChange[]) {
  const sorted = sortChanges(changes);
  return encodeChanges(sorted, { ...NOTHING, compared: [...sorted.users.values()] });
}
const NOTHING: DecidedUsers = { removals: "0", written: [], unchanged: [], foreign: [], compared: [] };

describe("encodeChanges", () => {
  it("encodes nine lists, each after its length", () => {
    const user = testUser(1, { aliases: ["one", "uno"] });
    const json = serializeUser(user);

    const others = [
      testUser(7, { phoneProblems: [{ field: "mobile", problem: "too_short" }] }),
      testUser(8),
      testUser(9),
    ];
    const sorted = sortChanges([
      asUser(user),
      ...others.map(asUser),
      { kind: "digest", id: userId(2), fingerprint: "0123456789abcdef", unusableNumber: true },
      { kind: "present", ids: [userId(3), userId(4)] },
      { kind: "gone", id: userId(5), reason: "left_scope" },
      { kind: "rejected", id: null, dn: null, reason: "no_id", attribute: null },
      { kind: "unusable", id: userId(1), dn: "cn=one", reason: "too_short", attribute: "mobile" },
      { kind: "other_source", id: userId(6), dn: "cn=six" },
    ]);
    const [first, seventh, eighth] = [...sorted.users.values()] as [SentUser, SentUser, SentUser];
    expect(first).to.include({
      json,
      fingerprint: fingerprintUser(json),
      names: "user1@contoso.com\0one\0uno\0\u0001user 1\0\u00011",
    });
    const args = encodeChanges(sorted, {
      removals: "3",
      written: [{ sent: first, seen: "u123", tell: true, value: "the record" }],
      unchanged: [seventh],
      foreign: [eighth],
      compared: [],
    });

    expect(args).to.deep.equal([
      "3",
      1,
      1,
      userId(1),
      "",
      "u123",
      "1",
      "the record",
      1,
      userId(7),
      1,
      userId(8),
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

  it("encodes users who are only compared like digests", () => {
    const digests = encode([asDigest(testUser(1)), asDigest(testUser(2))]);
    expect(encode([asUser(testUser(1)), asDigest(testUser(2))])).to.deep.equal(digests);
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
      expect(args.slice(2, 11)).to.deep.equal([0, 0, 0, 0, 0, 0, 1, userId(1), "invalid_text"]);
    });
});
