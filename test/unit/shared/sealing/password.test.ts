import { expect } from "chai";
import { isAppError } from "../../../../shared/errors.ts";
import { newId } from "../../../../shared/ids.ts";
import { generateSealingKeyPair, type SealingKeyPair, SUITES } from "../../../../shared/sealing/hpke.ts";
import { type JobOrder, type SealingKeyRecord, signSealingKey } from "../../../../shared/sealing/job.ts";
import { openPassword, sealPassword } from "../../../../shared/sealing/password.ts";
import { generateSigningKey } from "../../../../shared/sealing/signing-key.ts";
import { Secret } from "../../../../shared/secret.ts";

const makeOrder = (): JobOrder => ({
  jobId: newId(),
  tenantId: "contoso",
  operation: "reset",
  userId: "37c965a8d6d7bec292c7b11ff315d9ea",
  userSequence: 3,
  issuedAt: 1_700_000_000_000,
  notAfter: 1_700_000_120_000,
  mustChange: false,
  unlock: true,
  methods: ["text"],
});

async function makeRecipient(
  suite: "x25519" | "p256",
): Promise<{ key: SealingKeyPair; record: SealingKeyRecord }> {
  const key = await generateSealingKeyPair(suite);
  const record = signSealingKey(generateSigningKey(), {
    agentId: newId(),
    keyId: newId(),
    suite,
    publicKey: key.publicKey,
    createdAt: 1,
    expiresAt: 2,
  });
  return { key, record };
}

const failure = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

describe("sealed password", () => {
  for (const suite of SUITES)
    for (const password of [
      "plain-Ascii-1",
      "Pässwörd€-0",
      "日本語のパスワード",
      "🔑🗝️e\u0301",
      ' "quoted\\" ',
      "x".repeat(256),
      "語".repeat(256),
    ])
      it(`comes back as typed with ${suite}: ${JSON.stringify(password.slice(0, 12))} (${password.length})`, async () => {
        const { key, record } = await makeRecipient(suite);
        const order = makeOrder();

        const sealed = await sealPassword(order, record, { newPassword: new Secret(password) });
        const opened = await openPassword(order, sealed, key);

        expect(opened.newPassword.reveal()).to.equal(password);
        expect(opened.oldPassword).to.equal(undefined);
      });

  it("carries the current password of a change too", async () => {
    const { key, record } = await makeRecipient("x25519");
    const order = { ...makeOrder(), operation: "change" as const };

    const sealed = await sealPassword(order, record, {
      newPassword: new Secret("new €"),
      oldPassword: new Secret("old é"),
    });
    const opened = await openPassword(order, sealed, key);

    expect([opened.newPassword.reveal(), opened.oldPassword?.reveal()]).to.deep.equal(["new €", "old é"]);
  });

  it("hides the length of a usual password", async () => {
    const { record } = await makeRecipient("x25519");
    const order = makeOrder();

    const lengths = await Promise.all(
      ["x", "a much longer passphrase with spaces"].map(
        async (password) =>
          (await sealPassword(order, record, { newPassword: new Secret(password) })).ciphertext.length,
      ),
    );

    expect(new Set(lengths).size).to.equal(1);
  });

  it("does not open for an order with any field changed (T-15, T-16)", async () => {
    const { key, record } = await makeRecipient("x25519");
    const order = makeOrder();
    const sealed = await sealPassword(order, record, { newPassword: new Secret("Geheim-1") });
    const edits: Partial<JobOrder>[] = [
      { jobId: newId() },
      { tenantId: "fabrikam" },
      { operation: "change" },
      { userId: "0".repeat(32) },
      { userSequence: 4 },
      { issuedAt: 1 },
      { notAfter: 1 },
      { mustChange: true },
      { unlock: false },
      { methods: ["text", "email"] },
    ];

    for (const edit of edits) {
      const error = await failure(openPassword({ ...order, ...edit }, sealed, key));
      expect(isAppError(error, "SEAL_INVALID"), JSON.stringify(edit)).to.equal(true);
    }
  });

  it("does not open when moved to another agent, another key or altered in any byte", async () => {
    const { key, record } = await makeRecipient("x25519");
    const other = await makeRecipient("x25519");
    const order = makeOrder();
    const sealed = await sealPassword(order, record, { newPassword: new Secret("Geheim-1") });
    const flip = (text: string, at: number): string =>
      text.slice(0, at) + (text[at] === "A" ? "B" : "A") + text.slice(at + 1);

    const attempts: (() => Promise<unknown>)[] = [
      () => openPassword(order, { ...sealed, agentId: newId() }, key),
      () => openPassword(order, { ...sealed, keyId: newId() }, key),
      () => openPassword(order, sealed, other.key),
      ...[0, 20, 41].map((at) => () => openPassword(order, { ...sealed, enc: flip(sealed.enc, at) }, key)),
      ...[0, 300, 700].map(
        (at) => () => openPassword(order, { ...sealed, ciphertext: flip(sealed.ciphertext, at) }, key),
      ),
      () => openPassword(order, { ...sealed, ciphertext: "" }, key),
    ];

    for (const attempt of attempts)
      expect(isAppError(await failure(attempt()), "SEAL_INVALID")).to.equal(true);
  });

  it("refuses to seal a password longer than can be set", async () => {
    const { record } = await makeRecipient("x25519");

    const error = await failure(
      sealPassword(makeOrder(), record, { newPassword: new Secret("x".repeat(257)) }),
    );

    expect(isAppError(error, "PASSWORD_TOO_LONG")).to.equal(true);
  });
});
