import { expect } from "chai";
import fc from "fast-check";
import { createPortalKeys } from "../../../../cloud/keys/portal-keys.ts";
import { makeUpUser } from "../../../../cloud/people/made-up-user.ts";
import type { NameQuery } from "../../../../cloud/store/name-query.ts";
import { Secret } from "../../../../shared/secret.ts";
import { directoryUserSchema, serializeUser } from "../../../../shared/user.ts";
import { readName } from "../../../../shared/user-names.ts";

const keysOf = (byte: number) => createPortalKeys(new Secret(Buffer.alloc(32, byte).toString("base64url")));
const portalKeys = keysOf(1);

/** The query of a name in a tenant with one source, corp.example, and the domain contoso.com. */
function queryOf(typed: string, allSources: readonly number[] = [1]): NameQuery {
  const { text, key, account } = readName(typed);
  if (account === null) return { text, key, account, allSources: [] };
  const isHere = ["corp", "corp.example"].includes(account.domain);
  if (isHere) return { text, key, account: { key: account.key, sources: [1] }, allSources };
  return { text, key, account: { key: account.key, sources: null }, allSources };
}
const makeUp = (keys: ReturnType<typeof keysOf>, tenantId: string, typed: string, all?: readonly number[]) =>
  makeUpUser(keys, tenantId, queryOf(typed, all));

describe("people: the made-up user", () => {
  it("is the same for one name however it is written, and another for another name, tenant or key", () => {
    const { user } = makeUp(portalKeys, "contoso", "Éva@contoso.com");
    expect(makeUp(portalKeys, "contoso", " e\u0301VA@CONTOSO.com").user).to.deep.include({
      id: user.id,
      mobile: user.mobile,
      officePhone: user.officePhone,
    });
    for (const other of [
      makeUp(portalKeys, "contoso", "eva@contoso.com"),
      makeUp(portalKeys, "fabrikam", "Éva@contoso.com"),
      makeUp(keysOf(2), "contoso", "Éva@contoso.com"),
    ])
      expect(other.user.id).to.not.equal(user.id);
  });

  it("is the same under each name that would find a real user", () => {
    const names = ["jdoe", "CORP\\jdoe", "jdoe@corp.example", "JDOE@contoso.com", "．＼ｊｄｏｅ"];
    const ids = names.map((name) => makeUp(portalKeys, "contoso", name).user.id);
    expect(new Set(ids).size).to.equal(1);
  });

  it("is at home in one source, and another one under the domain of another source", () => {
    const isHome = (name: string): boolean =>
      makeUp(portalKeys, "contoso", name, [1, 2]).user.id ===
      makeUp(portalKeys, "contoso", `${name}@corp.example`, [1, 2]).user.id;
    const home = Array.from({ length: 1_000 }, (_, at) => `name${at}`).filter(isHome).length;
    expect(home).to.be.within(400, 600);
  });

  it("is a valid record for any typed text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (name) => {
        const { user } = makeUp(portalKeys, "contoso", name);
        expect(directoryUserSchema.safeParse(JSON.parse(serializeUser(user))).success).to.equal(true);
      }),
    );
  });

  it("has last digits distributed like those of real numbers", () => {
    const counts = new Map<string, number>();
    for (let name = 0; name < 5_000; name++) {
      const digits = makeUp(portalKeys, "contoso", `name${name}`).user.mobile?.slice(-2) ?? "";
      counts.set(digits, (counts.get(digits) ?? 0) + 1);
    }
    expect(counts.size).to.equal(100);
    expect(Math.max(...counts.values())).to.be.lessThan(100);
  });
});
