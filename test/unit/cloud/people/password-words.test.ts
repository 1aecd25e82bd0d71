import { expect } from "chai";
import { passwordWords } from "../../../../cloud/people/password-words.ts";
import { testUser } from "../../../support/directory-users.ts";

describe("people: words that a password should not contain", () => {
  it("are the parts of the names and of the display name, and nothing of the domain of an address", () => {
    const user = testUser(1, {
      userName: "asmith@lab.test",
      aliases: ["anne.o'neil-smith@contoso.com", "asmith"],
      displayName: "Anne Smith",
    });
    expect(passwordWords(user)).to.have.members([
      "anne smith",
      "anne",
      "smith",
      "asmith",
      "anne.o'neil-smith",
      "neil",
    ]);
  });

  it("are sixteen at most, and none so short that it is in many words", () => {
    const aliases = Array.from({ length: 30 }, (_, at) => `alias${at}@contoso.com`);
    const words = passwordWords(testUser(1, { userName: "jo@x.com", displayName: "Jo Li", aliases }));
    expect(words).to.have.length(16).and.to.include("jo li").and.to.not.include.members(["jo", "com"]);
  });
});
