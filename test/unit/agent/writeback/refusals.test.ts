import { expect } from "chai";
import type { AccountState } from "../../../../agent/directory/directory.ts";
import { checkTimes, refuseAccount } from "../../../../agent/writeback/refusals.ts";
import { isAppError } from "../../../../shared/errors.ts";
import type { JobOrder } from "../../../../shared/sealing/job.ts";
import { account } from "../../../support/scripted-writeback.ts";

const ACCOUNTS: readonly (readonly [string, Partial<AccountState>, string | null])[] = [
  ["an ordinary account", {}, null],
  ["a privileged account", { protected: true }, "ACCOUNT_PROTECTED"],
  ["a disabled account", { enabled: false }, "ACCOUNT_DISABLED"],
  ["an expired account", { expired: true }, "ACCOUNT_EXPIRED"],
  [
    "an account of which it cannot be read whether it is open",
    { unreadable: ["pwdEndTime"] },
    "ACCOUNT_STATE_UNREADABLE",
  ],
  ["an account out of scope", { inScope: false }, "ACCOUNT_OUT_OF_SCOPE"],
  ["an account on the deny-list", { denied: true }, "ACCOUNT_DENIED"],
  ["an account that is denied and disabled", { denied: true, enabled: false }, "ACCOUNT_DENIED"],
  ["an account that may be protected", { protectionUnknown: true }, "PROTECTION_UNKNOWN"],
  [
    "one that may be protected, out of scope",
    { protectionUnknown: true, inScope: false },
    "PROTECTION_UNKNOWN",
  ],
  ["one that certainly is", { protectionUnknown: true, protected: true }, "ACCOUNT_PROTECTED"],
];

describe("refuseAccount", () => {
  for (const [what, facts, code] of ACCOUNTS)
    it(`answers ${code ?? "nothing"} for ${what}`, () => {
      expect(refuseAccount(account(facts))).to.equal(code);
    });
});

describe("checkTimes", () => {
  const issuedAt = 1_700_000_000_000;
  const order = { issuedAt, notAfter: issuedAt + 120_000 } as JobOrder;
  const isRefused = (facts: Partial<JobOrder>, now: number): boolean => {
    try {
      checkTimes({ ...order, ...facts }, now);
      return false;
    } catch (error) {
      return isAppError(error, "JOB_EXPIRED");
    }
  };

  it("leaves it to the cloud what is expired, however wrong this clock is by minutes", () => {
    for (const skewMs of [-600_000, 0, 600_000]) expect(isRefused({}, issuedAt + skewMs)).to.equal(false);
  });

  it("refuses orders from another day, and orders that would live for ever (T-17)", () => {
    expect(isRefused({}, issuedAt + 86_400_000)).to.equal(true);
    expect(isRefused({}, issuedAt - 86_400_000)).to.equal(true);
    expect(isRefused({ notAfter: issuedAt + 3_600_000 }, issuedAt)).to.equal(true);
    expect(isRefused({ notAfter: issuedAt }, issuedAt)).to.equal(true);
  });
});
