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

describe("limits: the counters of one more code (T-05)", () => {
  it("are those of the number, the user, the network and the tenant", () => {
    expect(limits()).to.deep.equal({
      "number:digest:hour 1 h": 3,
      "number:digest:day 24 h": 5,
      [`person:${"a".repeat(32)}:sends 24 h`]: 5,
      "address:192.0.2.0/24:sends 1 h": 10,
      "tenant:paid-sends 24 h": 200,
    });
    expect(limits({ users: 3 })["tenant:paid-sends 24 h"]).to.equal(50);
  });

  it("allow two calls a day to a number", () => {
    expect(limits({ channel: "call" })["number:digest:calls 24 h"]).to.equal(2);
  });

  it("are separate for email, which is free and uses up no budget of texts and calls", () => {
    expect(limits({ channel: "email", to: "A@b.example" })).to.deep.equal({
      "email:digest:hour 1 h": 3,
      "email:digest:day 24 h": 5,
      [`person:${"a".repeat(32)}:mails 24 h`]: 10,
      "address:192.0.2.0/24:mails 1 h": 30,
    });
  });

  it("contain no number, and count texts and calls to one number together", () => {
    const [text, call] = (["text", "call"] as const).map((channel) =>
      codeSends({ ...send, channel }, portalKeys),
    );
    expect(JSON.stringify(text)).to.not.include("470123456");
    expect(text?.[0]?.key).to.equal(call?.[0]?.key);
    const other = codeSends({ ...send, to: "+32470123457" }, portalKeys);
    expect(other[0]?.key).to.not.equal(text?.[0]?.key);
  });

  it("are those of the number and the tenant for a text that no visitor asked for", () => {
    const keysOf = (wants: readonly { readonly key: string }[]) => wants.map(({ key }) => key);
    const asked = keysOf(codeSends(send, portalKeys));
    expect(keysOf(unaskedText(send, portalKeys))).to.deep.equal(
      asked.filter((key) => /^(number|tenant):/.test(key)),
    );
  });

  it("are written without a limit for a withheld code", () => {
    const [first] = codeSends(send, portalKeys).map(withheld);
    expect(first?.key).to.match(/^withheld:number:/);
    expect(first?.limit).to.be.greaterThan(1_000_000);
  });
});
