import { expect } from "chai";
import { timelineOf } from "../../../../cloud/admin/user-timeline.ts";
import type { Writeback } from "../../../../shared/api/writebacks.ts";
import { storedUser } from "../../../support/directory-users.ts";

const job: Writeback = {
  id: "01JDA0B1C2D3E4F5G6H7J8K9MN",
  userId: "0".repeat(32),
  operation: "reset",
  state: "rejected",
  code: "PASSWORD_TOO_SHORT",
  message: null,
  fix: null,
  verdict: null,
  mustChange: false,
  unlock: true,
  methods: ["api"],
  requestedBy: "key:1",
  createdAt: 4_000,
  notAfter: 9_000,
  decidedAt: 5_000,
  agentId: null,
  attempts: 1,
  events: [
    { state: "queued", at: 4_000 },
    { state: "rejected", at: 5_000 },
  ],
};

describe("a user's timeline", () => {
  it("tells what happened, newest first", () => {
    const user = { createdAt: 1_000, changedAt: 3_000, numberChangedAt: 3_000, officePhoneChangedAt: 2_000 };
    const timeline = timelineOf(storedUser(1, { ...user, alternateEmailChangedAt: 1_000 }), [job], null);

    expect(timeline.map(({ at, text }) => `${at} ${text}`)).to.deep.equal([
      "5000 reset rejected (PASSWORD_TOO_SHORT)",
      "4000 reset queued",
      "3000 last changed in the directory",
      "3000 mobile number changed in the directory",
      "2000 office number changed in the directory",
      "1000 first seen in the directory",
    ]);
  });

  it("says nothing of changes there were not", () => {
    const timeline = timelineOf(storedUser(1, { createdAt: 1_000, changedAt: 1_000 }), [], null);

    expect(timeline.map(({ event }) => event)).to.deep.equal(["user.created"]);
  });
});
