import { expect } from "chai";
import { createPortalKeys } from "../../../../cloud/keys/portal-keys.ts";
import { type CodeSend, codeSends, unaskedText, withheld } from "../../../../cloud/limits/counters.ts";
import { Secret } from "../../../../shared/secret.ts";

const portalKeys = createPortalKeys(new Secret(Buffer.alloc(32, 7).toString("base64url")));
const send: CodeSend = {
  tenantId: "contoso",
  userId: "a".repeat(32),
  channel: "text",
  to: "+32470123456",
  address: "192.0.2.7",
  users: 1_000,
};
const limits = (change: Partial<CodeSend> = {}): Record<string, number> =>
  Object.fromEntries(
    codeSends({ ...send, ...change }, portalKeys).map(({ key, limit, windowMs }) => [
      `${key.replace(/:[A-Za-z0-9_-]{22}:/, ":digest:")} ${windowMs / 3_600_000} h`,
      limit,
    ]),
  );

describe("limits: what one more code costs (T-05)", () => {
  it("is counted for the number, the person, the network and the tenant", () => {
    expect(limits()).to.deep.equal({
      "number:digest:hour 1 h": 3,
      "number:digest:day 24 h": 5,
      [`person:${"a".repeat(32)}:sends 24 h`]: 5,
      "address:192.0.2.0/24:sends 1 h": 10,
      "tenant:paid-sends 24 h": 200,
    });
    expect(limits({ users: 3 })["tenant:paid-sends 24 h"]).to.equal(50);
  });

  it("is two calls a day to a number", () => {
    expect(limits({ channel: "call" })["number:digest:calls 24 h"]).to.equal(2);
  });

  it("is counted apart for mail, which costs nothing and uses up nothing of what does", () => {
    expect(limits({ channel: "email", to: "A@b.example" })).to.deep.equal({
      "email:digest:hour 1 h": 3,
      "email:digest:day 24 h": 5,
      [`person:${"a".repeat(32)}:mails 24 h`]: 10,
      "address:192.0.2.0/24:mails 1 h": 30,
    });
  });

  it("names no number, and counts texts and calls to one number together", () => {
    const [text, call] = (["text", "call"] as const).map((channel) =>
      codeSends({ ...send, channel }, portalKeys),
    );
    expect(JSON.stringify(text)).to.not.include("470123456");
    expect(text?.[0]?.key).to.equal(call?.[0]?.key);
    const other = codeSends({ ...send, to: "+32470123457" }, portalKeys);
    expect(other[0]?.key).to.not.equal(text?.[0]?.key);
  });

  it("is counted against the number and the tenant alone for a text that no visitor asked for", () => {
    const keysOf = (wants: readonly { readonly key: string }[]) => wants.map(({ key }) => key);
    const asked = keysOf(codeSends(send, portalKeys));
    expect(keysOf(unaskedText(send, portalKeys))).to.deep.equal(
      asked.filter((key) => /^(number|tenant):/.test(key)),
    );
  });

  it("is written without being limited for a code that is withheld", () => {
    const [first] = codeSends(send, portalKeys).map(withheld);
    expect(first?.key).to.match(/^withheld:number:/);
    expect(first?.limit).to.be.greaterThan(1_000_000);
  });
});
