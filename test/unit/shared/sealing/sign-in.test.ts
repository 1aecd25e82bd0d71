import { expect } from "chai";
import { newId } from "../../../../shared/ids.ts";
import { generateSealingKeyPair, type SealingKeyPair, SUITES } from "../../../../shared/sealing/hpke.ts";
import type { JobOrder } from "../../../../shared/sealing/job.ts";
import { openPassword } from "../../../../shared/sealing/password.ts";
import {
  isSignInFor,
  isSignInOrderAuthentic,
  openSignIn,
  sealSignIn,
  type SignInOrder,
  signInSubject,
  signSignInOrder,
} from "../../../../shared/sealing/sign-in.ts";
import { generateSigningKey } from "../../../../shared/sealing/signing-key.ts";
import { Secret } from "../../../../shared/secret.ts";
import { rejection } from "../../../support/rejection.ts";

const order: SignInOrder = {
  checkId: newId(),
  tenantId: "contoso",
  subject: "a".repeat(32),
  issuedAt: 1_795_000_000_000,
  notAfter: 1_795_000_120_000,
};
const edited: readonly SignInOrder[] = [
  { ...order, checkId: newId() },
  { ...order, tenantId: "fabrikam" },
  { ...order, subject: "b".repeat(32) },
  { ...order, issuedAt: order.issuedAt + 1 },
  { ...order, notAfter: order.notAfter + 1 },
];
const recipientOf = ({ suite, publicKey }: SealingKeyPair) => ({
  agentId: newId(),
  keyId: newId(),
  suite,
  publicKey,
});

describe("a password sealed to be tried", () => {
  for (const suite of SUITES)
    it(`opens for its agent by ${suite}, letter for letter`, async () => {
      const pair = await generateSealingKeyPair(suite);
      const sealed = await sealSignIn(order, recipientOf(pair), new Secret(" Zoë 🔑 "));

      expect((await openSignIn(order, sealed, pair)).reveal()).to.equal(" Zoë 🔑 ");
    });

  it("cannot be opened for another order, agent or key", async () => {
    const pair = await generateSealingKeyPair("x25519");
    const sealed = await sealSignIn(order, recipientOf(pair), new Secret("Correct-Horse"));

    for (const other of edited)
      expect(await rejection(openSignIn(other, sealed, pair))).to.include({ code: "SEAL_INVALID" });
    for (const moved of [{ agentId: newId() }, { keyId: newId() }])
      expect(await rejection(openSignIn(order, { ...sealed, ...moved }, pair))).to.include({
        code: "SEAL_INVALID",
      });
    const stranger = await generateSealingKeyPair("x25519");
    expect(await rejection(openSignIn(order, sealed, stranger))).to.include({ code: "SEAL_INVALID" });
  });

  it("can never be opened as a writeback's password", async () => {
    const pair = await generateSealingKeyPair("x25519");
    const sealed = await sealSignIn(order, recipientOf(pair), new Secret("Correct-Horse"));
    const job: JobOrder = {
      jobId: order.checkId,
      tenantId: order.tenantId,
      operation: "reset",
      userId: order.subject,
      userSequence: 1,
      issuedAt: order.issuedAt,
      notAfter: order.notAfter,
      mustChange: false,
      unlock: false,
      methods: [],
    };

    expect(await rejection(openPassword(job, sealed, pair))).to.include({
      code: "SEAL_INVALID",
    });
  });

  it("hides the length of a usual password", async () => {
    const recipient = recipientOf(await generateSealingKeyPair("x25519"));
    const lengths = await Promise.all(
      ["", "short", "x".repeat(250)].map(
        async (password) => (await sealSignIn(order, recipient, new Secret(password))).ciphertext.length,
      ),
    );

    expect(new Set(lengths).size).to.equal(1);
  });

  it("refuses a password longer than any directory accepts", async () => {
    const recipient = recipientOf(await generateSealingKeyPair("x25519"));

    expect(await rejection(sealSignIn(order, recipient, new Secret("x".repeat(257))))).to.include({
      code: "PASSWORD_TOO_LONG",
    });
  });
});

describe("the subject of a sign-in order", () => {
  const user = "37c965a8d6d7bec292c7b11ff315d9ea";

  it("belongs to one user and one check", () => {
    const bound = { ...order, subject: signInSubject(order.checkId, user) };

    expect(isSignInFor(bound, user)).to.equal(true);
    expect(isSignInFor(bound, user.replace("3", "4"))).to.equal(false);
    expect(isSignInFor({ ...bound, checkId: newId() }, user)).to.equal(false);
  });

  it("is computed as the protocol says", () => {
    expect(signInSubject("01J9ZP3V0000000000000000CK", user)).to.equal("05c34425711c3ead5121420917a3c0fe");
  });

  it("looks the same for every kind of id: every digit takes every value (R05)", () => {
    const subjects = Array.from({ length: 2_000 }, () => signInSubject(newId(), user));

    for (let digit = 0; digit < 32; digit++)
      expect(new Set(subjects.map((subject) => subject[digit])).size, `digit ${digit}`).to.equal(16);
  });
});

describe("the token of a sign-in order", () => {
  it("is the issuer's signature of exactly this order", () => {
    const issuer = generateSigningKey();
    const token = signSignInOrder(issuer, order);

    expect(isSignInOrderAuthentic(issuer.publicKey, order, token)).to.equal(true);
    for (const other of edited)
      expect(isSignInOrderAuthentic(issuer.publicKey, other, token)).to.equal(false);
    expect(isSignInOrderAuthentic(generateSigningKey().publicKey, order, token)).to.equal(false);
  });
});
