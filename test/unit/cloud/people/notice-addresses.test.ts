import { expect } from "chai";
import { noticeAddresses } from "../../../../cloud/people/notice-addresses.ts";
import { NO_REGISTRATION } from "../../../../cloud/store/registration-record.ts";
import type { testUser } from "../../../support/directory-users.ts";
import { storedUser } from "../../../support/directory-users.ts";

const person = (change: Parameters<typeof testUser>[1] = {}, email: string | null = null, real = true) => ({
  id: "a".repeat(32),
  real,
  user: storedUser(1, change),
  registration: {
    ...NO_REGISTRATION,
    email: email === null ? null : { address: email, confirmedAt: 1 },
  },
});

describe("people: addresses for notices", () => {
  it("are every address once, the confirmed one first", () => {
    const jane = person(
      { alternateEmail: "jane@home.example", aliases: ["jane", "USER1@CONTOSO.COM", "j@contoso.com"] },
      "jane@private.example",
    );
    expect(noticeAddresses(jane)).to.deep.equal([
      "jane@private.example",
      "jane@home.example",
      "User1@contoso.com",
      "j@contoso.com",
    ]);
  });

  it("are the mail address, and not an account name of a domain that has no mailboxes", () => {
    const john = {
      userName: "jdoe@corp.local",
      aliases: ["jdoe", "john.doe@contoso.com"],
      mail: "John.Doe@contoso.com",
    };
    expect(noticeAddresses(person(john))).to.deep.equal(["John.Doe@contoso.com"]);
    expect(noticeAddresses(person({ ...john, aliases: [] }))).to.deep.equal(["John.Doe@contoso.com"]);
    expect(
      noticeAddresses(person({ ...john, aliases: [], mail: null })),
      "nothing else is known",
    ).to.deep.equal(["jdoe@corp.local"]);
  });

  it("are four at most, and none that a mail header could read as several", () => {
    const many = person({ aliases: ["a@b.example", "c@d.example", "e@f.example", "g@h.example"] });
    expect(noticeAddresses(many)).to.have.length(4);
    const strange = person({
      userName: "a@b.example,c@d.example",
      aliases: ["<x@y.example>", "x@y\r\n.example", "@"],
    });
    expect(noticeAddresses(strange)).to.deep.equal([]);
  });

  it("has no address for a made-up user", () => {
    expect(noticeAddresses(person({}, "jane@private.example", false))).to.deep.equal([]);
  });
});
