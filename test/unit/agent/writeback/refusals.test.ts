import { expect } from "chai";
import type { AccountState } from "../../../../agent/directory/directory.ts";
import { checkTimes, refuseAccount } from "../../../../agent/writeback/refusals.ts";
import { isAppError } from "../../../../shared/errors.ts";
import type { JobOrder } from "../../../../shared/sealing/job.ts";
import { ADMINS, OTHER_THAN_ADMINS, SPELLINGS_OF_ADMINS } from "../../../support/dn-spellings.ts";
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
  ["a login name on the deny-list", { names: ["ceo"] }, "ACCOUNT_DENIED"],
  ["another way to write that name", { names: ["CEO@Example.COM"] }, "ACCOUNT_DENIED"],
  [
    "a member of a group on the deny-list, written with other spaces",
    { groups: ["cn=board, ou=Groups ,DC=example,DC=com"] },
    "ACCOUNT_DENIED",
  ],
  ["a user named by DN on the deny-list", { dn: "uid=boss,ou=staff,dc=example,dc=com" }, "ACCOUNT_DENIED"],
  ["a login name that looks like a DN, as the list has it", { names: ["o=brien"] }, "ACCOUNT_DENIED"],
  ["a login name that is another spelling of such a name", { names: ["2.5.4.10=brien"] }, null],
  ["a name that only begins like one on the list", { names: ["ceo2"] }, null],
  ["an account that is denied and disabled", { names: ["ceo"], enabled: false }, "ACCOUNT_DENIED"],
];
const deny = [
  "ceo",
  " CEO@example.com",
  "CN=Board,OU=Groups,DC=example,DC=com",
  "UID=Boss;OU=Staff;DC=example;DC=com",
  "o=brien",
];

describe("refuseAccount", () => {
  for (const [what, facts, code] of ACCOUNTS)
    it(`answers ${code ?? "nothing"} for ${what}`, () => {
      expect(refuseAccount(account(facts), deny)).to.equal(code);
    });

  for (const spelling of SPELLINGS_OF_ADMINS) {
    it(`denies a member of ${ADMINS} where the list says ${spelling}`, () => {
      expect(refuseAccount(account({ groups: [ADMINS] }), [spelling])).to.equal("ACCOUNT_DENIED");
    });
    it(`denies a member of ${spelling} where the list says ${ADMINS}`, () => {
      expect(refuseAccount(account({ groups: [spelling] }), [ADMINS])).to.equal("ACCOUNT_DENIED");
    });
  }
  for (const other of OTHER_THAN_ADMINS)
    it(`does not deny a member of ${ADMINS} where the list says ${other}`, () => {
      expect(refuseAccount(account({ groups: [ADMINS] }), [other])).to.equal(null);
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

  it("refuses orders from another day, and orders that would live for ever", () => {
    expect(isRefused({}, issuedAt + 86_400_000)).to.equal(true);
    expect(isRefused({}, issuedAt - 86_400_000)).to.equal(true);
    expect(isRefused({ notAfter: issuedAt + 3_600_000 }, issuedAt)).to.equal(true);
    expect(isRefused({ notAfter: issuedAt }, issuedAt)).to.equal(true);
  });
});
