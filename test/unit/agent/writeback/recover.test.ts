import { expect } from "chai";
import { decideAfterLook, decideAfterSignIn } from "../../../../agent/writeback/recover.ts";
import type { AccountMark } from "../../../../shared/writeback.ts";
import { account } from "../../../support/scripted-writeback.ts";

const reset = { operation: "reset", mustChange: false, unlock: false } as const;
const unlock = { operation: "unlock", mustChange: false, unlock: true } as const;
const before: AccountMark = { server: "dc1", changed: "132000000000000100", locked: "777" };
const seen = (mark: Partial<AccountMark>, locked = true) => account({ mark: { ...before, ...mark }, locked });

const LOOKS = [
  // what was asked, what is seen, may it write, what follows
  ["a reset with an equal mark, inside the lease", reset, seen({}), true, "write"],
  ["a reset with an equal mark, after the lease", reset, seen({}), false, "wait"],
  ["a reset with a moved mark", reset, seen({ changed: "132000000000000200" }), true, "sign_in"],
  ["a reset with a mark moved back", reset, seen({ changed: "0" }), true, "sign_in"],
  ["a reset seen on another server, nothing replicated", reset, seen({ server: "dc2" }), true, "wait"],
  [
    "a reset seen on another server, an older state",
    reset,
    seen({ server: "dc2", changed: "132000000000000099" }),
    true,
    "wait",
  ],
  [
    "a reset seen on another server, a later change",
    reset,
    seen({ server: "dc2", changed: "132000000000000200" }),
    true,
    "sign_in",
  ],
  ["a reset of a user who is gone", reset, null, true, "unknown"],
  ["an unlock of an account that is open", unlock, seen({ locked: "" }, false), false, "applied"],
  [
    "an unlock seen open on another server",
    unlock,
    seen({ server: "dc2", locked: "" }, false),
    false,
    "applied",
  ],
  ["an unlock of an account locked as before, inside the lease", unlock, seen({}), true, "write"],
  ["an unlock of an account locked as before, after the lease", unlock, seen({}), false, "wait"],
  ["an unlock of an account locked anew", unlock, seen({ locked: "888" }), true, "unknown"],
  ["an unlock seen locked on another server", unlock, seen({ server: "dc2" }), true, "wait"],
] as const;

describe("decideAfterLook", () => {
  for (const [what, order, found, mayWrite, expected] of LOOKS)
    it(`${expected === "unknown" || expected === "applied" ? "says" : "goes on with"} ${expected} for ${what}`, () => {
      const step = decideAfterLook({ order, before, account: found, mayWrite });

      expect(step.kind === "decided" ? step.verdict.state : step.kind).to.equal(expected);
    });

  it("never writes when the state before the first write is not known", () => {
    const step = decideAfterLook({ order: reset, before: null, account: seen({}), mayWrite: true });

    expect(step.kind === "decided" && step.verdict.state).to.equal("unknown");
  });
});

describe("decideAfterSignIn", () => {
  it("counts an account that opens with the new password as written, and marks it as found by looking", () => {
    const order = { ...reset, mustChange: true, unlock: true };
    const found = account({ mustChange: true, locked: false });

    const verdict = decideAfterSignIn(order, found, { ok: true, mustChange: true });

    expect(verdict).to.include({ state: "applied", code: null, verified: true });
    expect(verdict).to.include({ passwordSet: true, unlocked: true, mustChange: true });
  });

  for (const reason of ["wrong", "locked", "disabled", "expired", "not_found", "not_permitted"] as const)
    it(`leaves it unknown when the sign-in says ${reason}`, () => {
      expect(decideAfterSignIn(reset, account(), { ok: false, reason }).state).to.equal("unknown");
    });

  it("leaves it unknown when the sign-in could not be tried", () => {
    expect(decideAfterSignIn(reset, account(), null).state).to.equal("unknown");
  });
});
