import { expect } from "chai";
import { MailAddresses } from "../../../../../agent/directory/checks/mail-addresses.ts";

const entry = (
  userName: string,
  mail: string | null,
  aliases: readonly string[] = mail === null ? [] : [mail],
) => ({
  names: { userName, aliases, unusable: [] },
  attributes: new Map(mail === null ? [] : [["mail", [Buffer.from(mail)]]]),
});
function outcomeOf(...entries: ReturnType<typeof entry>[]) {
  const addresses = new MailAddresses("mail");
  for (const each of entries) addresses.add(each);
  return addresses.outcome();
}
const agreeing = Array.from({ length: 20 }, (_, at) => entry(`u${at}@contoso.com`, `u${at}@contoso.com`));

describe("doctor: mail addresses", () => {
  it("pass where user names and addresses have one domain, or user names have none", () => {
    expect(outcomeOf(...agreeing)).to.include({ status: "pass" });
    expect(outcomeOf(entry("jdoe", "john.doe@contoso.com"))).to.include({ status: "pass" });
  });

  it("pass where a few single accounts differ", () => {
    expect(outcomeOf(...agreeing, entry("x@corp.local", "x@contoso.com"))).to.include({ status: "pass" });
  });

  it("warn where user names end in another domain, and name both domains", () => {
    const outcome = outcomeOf(
      ...agreeing,
      ...agreeing.map((_, at) => entry(`p${at}@corp.local`, `p.${at}@contoso.com`)),
    );
    expect(outcome).to.include({ status: "warn" });
    expect(outcome.detail).to.match(/40 of 40 users have a mail address; for 20 .*contoso\.com.*corp\.local/);
    expect(outcome.action).to.contain("--domain contoso.com");
  });

  it("warn where nobody is found by the address that people type", () => {
    const outcome = outcomeOf(entry("jdoe@corp.local", "john.doe@contoso.com", ["jdoe"]));
    expect(outcome).to.include({ status: "warn" });
    expect(outcome.action).to.contain("attributes.aliases");
  });

  it("count the values that are no addresses", () => {
    const outcome = outcomeOf(
      ...agreeing,
      entry("a@contoso.com", "n/a", []),
      entry("b@contoso.com", "bé@contoso.com"),
    );
    expect(outcome).to.include({ status: "pass" });
    expect(outcome.detail).to.contain(
      "20 of 22 users have a mail address; 2 have one that is no usable address",
    );
  });

  it("are not checked where no user has one", () => {
    expect(outcomeOf(entry("a@contoso.com", null), entry("b@contoso.com", " ", []))).to.include({
      status: "skip",
    });
  });
});
