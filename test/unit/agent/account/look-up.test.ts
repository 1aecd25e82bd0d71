import { expect } from "chai";
import { lookUpAccount } from "../../../../agent/account/look-up.ts";
import type { AccountState } from "../../../../agent/directory/directory.ts";
import { account, USER } from "../../../support/scripted-writeback.ts";

const RULE = {
  minLength: 10,
  historyLength: 24,
  complexity: true,
  minAgeSeconds: 0,
  source: "domain",
} as const;

const lookAt = (state: AccountState | null, groups: string[] = [], missing: string[] = []) =>
  lookUpAccount(
    { userId: USER, groups },
    {
      directory: {
        missingGroups: (dns) => Promise.resolve(dns.filter((dn) => missing.includes(dn))),
        look: () => Promise.resolve(state === null ? null : { account: state, rule: RULE }),
        dialect: "active-directory",
      },
    },
  );

describe("a look at an account", () => {
  it("finds nothing in the way of an ordinary one", async () => {
    expect(await lookAt(account({ locked: true }))).to.deep.equal({
      obstacle: null,
      locked: true,
      protected: false,
      groups: [],
      rule: RULE,
      dialect: "active-directory",
    });
  });

  it("names the groups as they were asked for, however the directory writes them", async () => {
    const groups = ["cn=sales, ou=Groups,dc=example,dc=com", "CN=Other,DC=example,DC=com"];
    const state = account({ groups: ["CN=Sales,OU=Groups,DC=example,DC=com", "CN=All,DC=example,DC=com"] });

    expect((await lookAt(state, groups)).groups).to.deep.equal([groups[0]]);
  });

  it("names the groups that are not in the directory, for an unknown user as well", async () => {
    const groups = ["CN=Sales,DC=example,DC=com", "CN=Renamed,DC=example,DC=com"];

    for (const state of [account({ groups: [groups[0] ?? ""] }), null])
      expect(await lookAt(state, groups, [groups[1] ?? ""])).to.deep.include({ missingGroups: [groups[1]] });
    expect(await lookAt(account({}), groups)).not.to.have.property("missingGroups");
  });

  const obstacles: readonly (readonly [AccountState | null, string])[] = [
    [account({ protected: true, enabled: false }), "ACCOUNT_PROTECTED"],
    [account({ denied: true }), "ACCOUNT_DENIED"],
    [account({ protectionUnknown: true }), "PROTECTION_UNKNOWN"],
    [account({ inScope: false }), "ACCOUNT_OUT_OF_SCOPE"],
    [account({ enabled: false }), "ACCOUNT_DISABLED"],
    [account({ expired: true }), "ACCOUNT_EXPIRED"],
    [null, "DIRECTORY_USER_NOT_FOUND"],
  ];
  for (const [state, obstacle] of obstacles)
    it(`says what a writeback would be refused for: ${obstacle}`, async () => {
      expect(await lookAt(state)).to.include({ obstacle });
    });
});
