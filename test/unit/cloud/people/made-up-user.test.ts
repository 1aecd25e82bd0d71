import { expect } from "chai";
import fc from "fast-check";
import { createPortalKeys } from "../../../../cloud/keys/portal-keys.ts";
import { makeUpUser } from "../../../../cloud/people/made-up-user.ts";
import { Secret } from "../../../../shared/secret.ts";
import { directoryUserSchema, serializeUser } from "../../../../shared/user.ts";

const keysOf = (byte: number) => createPortalKeys(new Secret(Buffer.alloc(32, byte).toString("base64url")));
const portalKeys = keysOf(1);

describe("people: the made-up user", () => {
  it("is the same for one name however it is written, and another for another name, tenant or key", () => {
    const { user } = makeUpUser(portalKeys, "contoso", "Éva@contoso.com");
    expect(makeUpUser(portalKeys, "contoso", " e\u0301VA@CONTOSO.com").user).to.deep.include({
      id: user.id,
      mobile: user.mobile,
      officePhone: user.officePhone,
    });
    for (const other of [
      makeUpUser(portalKeys, "contoso", "eva@contoso.com"),
      makeUpUser(portalKeys, "fabrikam", "Éva@contoso.com"),
      makeUpUser(keysOf(2), "contoso", "Éva@contoso.com"),
    ])
      expect(other.user.id).to.not.equal(user.id);
  });

  it("is a valid record for any typed text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (name) => {
        const { user } = makeUpUser(portalKeys, "contoso", name);
        expect(directoryUserSchema.safeParse(JSON.parse(serializeUser(user))).success).to.equal(true);
      }),
    );
  });

  it("has last digits distributed like those of real numbers", () => {
    const counts = new Map<string, number>();
    for (let name = 0; name < 5_000; name++) {
      const digits = makeUpUser(portalKeys, "contoso", `name${name}`).user.mobile?.slice(-2) ?? "";
      counts.set(digits, (counts.get(digits) ?? 0) + 1);
    }
    expect(counts.size).to.equal(100);
    expect(Math.max(...counts.values())).to.be.lessThan(100);
  });
});
