import { expect } from "chai";
import { createIssuer } from "../../../../cloud/writeback/issuer.ts";
import { newId } from "../../../../shared/ids.ts";
import { isJobAuthentic, type JobOrder } from "../../../../shared/sealing/job.ts";
import { generateSigningKey } from "../../../../shared/sealing/signing-key.ts";

const order: JobOrder = {
  jobId: newId(),
  tenantId: "contoso",
  operation: "unlock",
  userId: "0".repeat(32),
  userSequence: 3,
  issuedAt: 1_000,
  notAfter: 2_000,
  mustChange: false,
  unlock: true,
  methods: ["text", "email"],
};

describe("issuer", () => {
  const key = generateSigningKey();
  const issuer = createIssuer(key);

  it("knows its own draft, and no other", () => {
    const token = issuer.draftToken(order);

    expect(issuer.isOwnDraft(order, token)).to.equal(true);
    expect(createIssuer(generateSigningKey()).isOwnDraft(order, token)).to.equal(false);
  });

  const edits: Partial<JobOrder>[] = [
    { jobId: newId() },
    { tenantId: "fabrikam" },
    { operation: "reset" as const },
    { userId: "1".repeat(32) },
    { userSequence: 4 },
    { issuedAt: 1_001 },
    { notAfter: 2_001 },
    { mustChange: true },
    { unlock: false },
    { methods: ["text"] },
  ];
  for (const edit of edits)
    it(`refuses a draft whose ${Object.keys(edit).join()} was changed`, () => {
      expect(issuer.isOwnDraft({ ...order, ...edit }, issuer.draftToken(order))).to.equal(false);
    });

  it("gives no draft that passes for a signed job, nor the reverse", () => {
    const job = issuer.sign(order, []);

    expect(isJobAuthentic(key.publicKey, job)).to.equal(true);
    expect(isJobAuthentic(key.publicKey, { ...job, signature: issuer.draftToken(order) })).to.equal(false);
    expect(issuer.isOwnDraft(order, job.signature)).to.equal(false);
  });

  it("makes digests that depend on the purpose, every field, and the key", () => {
    const digests = [
      issuer.digest("plain", ["a", "b"]),
      issuer.digest("plain", ["ab", ""]),
      issuer.digest("request", ["a", "b"]),
      createIssuer(generateSigningKey()).digest("plain", ["a", "b"]),
    ];

    expect(new Set(digests).size).to.equal(digests.length);
    expect(issuer.digest("plain", ["a", "b"])).to.equal(digests[0]);
  });
});
