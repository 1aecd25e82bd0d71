import { expect } from "chai";
import { newId } from "../../../../shared/ids.ts";
import {
  checkEnrollmentResponse,
  formatEnrollmentToken,
  isAgentProofAuthentic,
  isEnrollmentAuthentic,
  parseEnrollmentToken,
  signAgentProof,
  signEnrollmentRequest,
  signEnrollmentResponse,
} from "../../../../shared/sealing/enrollment.ts";
import {
  isJobAuthentic,
  type JobOrder,
  type SealedPassword,
  signJob,
} from "../../../../shared/sealing/job.ts";
import {
  FIRST_RECEIPT,
  hashReceipt,
  isReceiptAuthentic,
  signReceipt,
} from "../../../../shared/sealing/receipt.ts";
import {
  fingerprintKey,
  generateSigningKey,
  signingKeyFromSeed,
} from "../../../../shared/sealing/signing-key.ts";
import { makeVerdict } from "../../../../shared/writeback.ts";
import { statedDirectory } from "../../../support/stated-directory.ts";

const order: JobOrder = {
  jobId: newId(),
  tenantId: "contoso",
  operation: "reset",
  userId: "0".repeat(32),
  userSequence: 1,
  issuedAt: 1,
  notAfter: 2,
  mustChange: false,
  unlock: true,
  methods: ["api"],
};
const seal: SealedPassword = {
  agentId: newId(),
  keyId: newId(),
  suite: "x25519",
  enc: "AAAA",
  ciphertext: "BBBB",
};

describe("signed job", () => {
  const issuer = generateSigningKey();
  const job = signJob(issuer, order, [seal]);

  it("is authentic as the issuer made it", () => {
    expect(isJobAuthentic(issuer.publicKey, job)).to.equal(true);
  });

  it("is not authentic under another key", () => {
    expect(isJobAuthentic(generateSigningKey().publicKey, job)).to.equal(false);
    expect(isJobAuthentic("not a key", job)).to.equal(false);
  });

  it("is not authentic with a field or a seal changed, added or removed (T-16)", () => {
    const forged = [
      { ...job, order: { ...order, userId: "1".repeat(32) } },
      { ...job, order: { ...order, methods: [] } },
      { ...job, sealed: [] },
      { ...job, sealed: [seal, seal] },
      { ...job, sealed: [{ ...seal, ciphertext: "BBBC" }] },
      { ...job, sealed: [{ ...seal, agentId: newId() }] },
    ];

    for (const attempt of forged) expect(isJobAuthentic(issuer.publicKey, attempt)).to.equal(false);
  });
});

describe("receipt", () => {
  const identity = generateSigningKey();
  const receipt = signReceipt(identity, {
    jobId: order.jobId,
    tenantId: "contoso",
    userId: order.userId,
    agentId: seal.agentId,
    verdict: makeVerdict("rejected", "PASSWORD_TOO_SHORT", { server: "dc1" }),
    decidedAt: 5,
    previous: FIRST_RECEIPT,
  });

  it("is authentic as the agent made it, and not with any field of the verdict changed", () => {
    expect(isReceiptAuthentic(identity.publicKey, receipt)).to.equal(true);
    for (const edit of [
      { passwordSet: true },
      { code: "PASSWORD_COMPLEXITY" as const },
      { historyEnforced: false },
      { verified: true },
    ])
      expect(
        isReceiptAuthentic(identity.publicKey, { ...receipt, verdict: { ...receipt.verdict, ...edit } }),
      ).to.equal(false);
  });

  it("has a hash of its own for the next receipt", () => {
    const next = signReceipt(identity, { ...receipt, previous: hashReceipt(receipt) });

    expect(hashReceipt(next)).to.not.equal(hashReceipt(receipt));
    expect(hashReceipt(receipt)).to.have.length(43);
  });
});

describe("enrolment", () => {
  const service = generateSigningKey();
  const issuer = generateSigningKey();
  const seedKey = generateSigningKey();
  const token = {
    tenantId: "contoso",
    tokenId: newId(),
    seed: seedKey.seed,
    serviceKeyFingerprint: fingerprintKey(service.publicKey),
    issuerKeyFingerprint: fingerprintKey(issuer.publicKey),
  };
  const identity = generateSigningKey();
  const request = signEnrollmentRequest(token, identity, {
    tenantId: "contoso",
    tokenId: token.tokenId,
    agentId: newId(),
    identityKey: identity.publicKey,
    sealingKeys: [],
    hostName: "dc1",
    platform: "linux",
    version: "0.1.0",
    directory: statedDirectory(),
    sentAt: 1,
  });

  it("reads back the token it wrote", () => {
    const parsed = parseEnrollmentToken(formatEnrollmentToken(token));

    expect({ ...parsed, seed: parsed.seed.reveal() }).to.deep.equal({ ...token, seed: token.seed.reveal() });
  });

  it("proves possession of the token and of the identity key", () => {
    expect(isEnrollmentAuthentic(seedKey.publicKey, request)).to.equal(true);
    expect(isEnrollmentAuthentic(generateSigningKey().publicKey, request)).to.equal(false);
    expect(
      isEnrollmentAuthentic(seedKey.publicKey, { ...request, identityKey: generateSigningKey().publicKey }),
    ).to.equal(false);
    expect(isEnrollmentAuthentic(seedKey.publicKey, { ...request, hostName: "dc2" })).to.equal(false);
  });

  it("accepts only the cloud whose keys the token names", () => {
    const answer = (key: typeof service, issuerKey = issuer.publicKey) =>
      signEnrollmentResponse(
        key,
        {
          agentId: request.agentId,
          tenantId: "contoso",
          serviceKey: key.publicKey,
          issuerKey,
          state: "pending",
        },
        request.tokenSignature,
      );

    expect(() => checkEnrollmentResponse(token, answer(service), request.tokenSignature)).to.not.throw();
    for (const wrong of [answer(generateSigningKey()), answer(service, generateSigningKey().publicKey)])
      expect(() => checkEnrollmentResponse(token, wrong, request.tokenSignature))
        .to.throw()
        .with.property("code", "ENROLLMENT_PIN_MISMATCH");
    expect(() => checkEnrollmentResponse(token, answer(service), "other")).to.throw();
  });
});

describe("agent proof", () => {
  const identity = generateSigningKey();
  const proof = signAgentProof(identity, {
    version: 1,
    tenantId: "contoso",
    agentId: newId(),
    nonce: "abc",
    agentNonce: "A".repeat(43),
    generation: 7,
    audience: "latchkey.example.com",
  });

  it("is valid only for the challenge, generation and cloud it was made for", () => {
    expect(isAgentProofAuthentic(identity.publicKey, proof)).to.equal(true);
    for (const edit of [
      { nonce: "abd" },
      { generation: 8 },
      { audience: "evil.example.com" },
      { tenantId: "fabrikam" },
    ])
      expect(isAgentProofAuthentic(identity.publicKey, { ...proof, ...edit })).to.equal(false);
  });

  it("is valid with a key that was stored as a seed", () => {
    expect(signingKeyFromSeed(identity.seed).publicKey).to.equal(identity.publicKey);
    expect(fingerprintKey(identity.publicKey)).to.match(/^(?:[0-9a-f]{4}-){7}[0-9a-f]{4}$/);
  });
});
