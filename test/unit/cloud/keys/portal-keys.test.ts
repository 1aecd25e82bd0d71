import { randomBytes } from "node:crypto";
import { expect } from "chai";
import { createPortalKeys } from "../../../../cloud/keys/portal-keys.ts";
import { isAppError } from "../../../../shared/errors.ts";
import { Secret } from "../../../../shared/secret.ts";

const newKeys = () => createPortalKeys(new Secret(randomBytes(32).toString("base64url")));

describe("portal keys", () => {
  it("digest alike for the same key, purpose and fields, and for nothing else", () => {
    const keys = newKeys();
    const one = keys.digest("otp", ["attempt", 1]);

    expect(keys.digest("otp", ["attempt", 1])).to.deep.equal(one);
    for (const other of [
      keys.digest("person", ["attempt", 1]),
      keys.digest("otp", ["attempt1"]),
      keys.digest("otp", ["attempt", 2]),
      newKeys().digest("otp", ["attempt", 1]),
    ])
      expect(other).to.not.deep.equal(one);
  });

  it("open a sealed text only with its own purpose and context", () => {
    const keys = newKeys();
    const sealed = keys.seal("authenticator", ["contoso", "user"], Buffer.from("a secret"));

    expect(keys.open("authenticator", ["contoso", "user"], sealed).toString()).to.equal("a secret");
    const elsewhere = [
      () => keys.open("authenticator", ["contoso", "another"], sealed),
      () => keys.open("email", ["contoso", "user"], sealed),
      () => newKeys().open("authenticator", ["contoso", "user"], sealed),
      () => keys.open("authenticator", ["contoso", "user"], `A${sealed.slice(1, -1)}A`),
      () => keys.open("authenticator", ["contoso", "user"], ""),
      () => keys.open("authenticator", ["contoso", "user"], sealed.slice(0, 20)),
    ];
    for (const open of elsewhere)
      expect(open)
        .to.throw()
        .and.to.satisfy((error: unknown) => isAppError(error, "RECORD_CORRUPT"));
  });

  it("never seal the same thing to the same bytes", () => {
    const keys = newKeys();

    expect(keys.seal("x", [], Buffer.from("same"))).to.not.equal(keys.seal("x", [], Buffer.from("same")));
  });
});
