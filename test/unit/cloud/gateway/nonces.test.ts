import { expect } from "chai";
import { createNonces, NONCE_LIFE_MS } from "../../../../cloud/gateway/nonces.ts";
import { generateSigningKey } from "../../../../shared/sealing/signing-key.ts";

describe("nonces", () => {
  const serviceKey = generateSigningKey();
  let now = 1_700_000_000_000;
  const nonces = createNonces(serviceKey, { now: () => now });

  it("are good for one agent, on every node with the same service key, for half a minute", () => {
    const nonce = nonces.issue("contoso", "A");
    expect(nonces.isGood("contoso", "A", nonce)).to.equal(true);
    expect(createNonces(serviceKey, { now: () => now }).isGood("contoso", "A", nonce)).to.equal(true);
    now += NONCE_LIFE_MS;
    expect(nonces.isGood("contoso", "A", nonce)).to.equal(true);
    now += 1;
    expect(nonces.isGood("contoso", "A", nonce)).to.equal(false);
  });

  it("are worthless for another agent, tenant or cloud", () => {
    const nonce = nonces.issue("contoso", "A");
    expect(nonces.isGood("contoso", "B", nonce)).to.equal(false);
    expect(nonces.isGood("fabrikam", "A", nonce)).to.equal(false);
    expect(createNonces(generateSigningKey(), { now: () => now }).isGood("contoso", "A", nonce)).to.equal(
      false,
    );
  });

  it("are worthless with any character changed, added or missing", () => {
    const nonce = nonces.issue("contoso", "A");
    for (let index = 0; index < nonce.length; index++) {
      const altered = nonce.slice(0, index) + (nonce[index] === "A" ? "B" : "A") + nonce.slice(index + 1);
      expect(nonces.isGood("contoso", "A", altered), `character ${index}`).to.equal(false);
    }
    for (const other of ["", nonce.slice(1), `${nonce}=`, `${nonce}A`, `${nonce} `])
      expect(nonces.isGood("contoso", "A", other)).to.equal(false);
  });

  it("never repeat", () => {
    const issued = Array.from({ length: 1000 }, () => nonces.issue("contoso", "A"));
    expect(new Set(issued).size).to.equal(1000);
  });
});
