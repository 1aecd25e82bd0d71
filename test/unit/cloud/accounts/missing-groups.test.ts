import { expect } from "chai";
import { missingIn } from "../../../../cloud/accounts/missing-groups.ts";

describe("groups of a policy that an agent did not find", () => {
  const SOURCES = [
    { number: 1, suffix: "DC=corp,DC=example" },
    { number: 2, suffix: "DC=child,DC=corp,DC=example" },
    { number: 3, suffix: "dc=other,dc=test" },
  ];
  const [CORP, CHILD, OTHER, NOWHERE] = [
    "CN=Staff,OU=Groups,DC=corp,DC=example",
    "CN=Staff,dc = child,DC=corp,DC=example",
    "cn=staff,dc=other,domainComponent=test",
    "CN=Staff,DC=crop,DC=example",
  ] as const;

  for (const [source, missing] of [
    [1, [CORP, NOWHERE]],
    [2, [CHILD, NOWHERE]],
    [3, [OTHER, NOWHERE]],
  ] as const)
    it(`are missing in source ${source} when they are its own, or in no directory of the tenant`, () => {
      expect(missingIn(source, SOURCES, [CORP, CHILD, OTHER, NOWHERE])).to.deep.equal(missing);
    });

  it("are missing in each of two sources with the same suffix", () => {
    const twins = [
      { number: 1, suffix: "dc=corp,dc=example" },
      { number: 2, suffix: "DC=corp,DC=example" },
    ];

    expect(missingIn(1, twins, [CORP])).to.deep.equal([CORP]);
    expect(missingIn(2, twins, [CORP])).to.deep.equal([CORP]);
  });

  it("are all missing where no source is known yet", () => {
    expect(missingIn(null, [], [CORP, OTHER])).to.deep.equal([CORP, OTHER]);
  });
});
