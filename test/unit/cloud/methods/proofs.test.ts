import { expect } from "chai";
import { Secret as OtpSecret, TOTP } from "otpauth";
import { createPortalKeys } from "../../../../cloud/keys/portal-keys.ts";
import { newAuthenticatorSecret, sealAuthenticatorSecret } from "../../../../cloud/methods/authenticator.ts";
import { createProofs } from "../../../../cloud/methods/proofs.ts";
import { newRecoveryCodes, recoveryCodeDigest } from "../../../../cloud/methods/recovery-codes.ts";
import { NO_REGISTRATION, type Registration } from "../../../../cloud/store/registration-record.ts";
import { Secret } from "../../../../shared/secret.ts";

const [TENANT, USER, OTHER] = ["contoso", "a".repeat(32), "b".repeat(32)];
const NOW = 1_700_000_000_000;
const portalKeys = createPortalKeys(new Secret(Buffer.alloc(32, 1).toString("base64url")));

/** One person's record, and how often it was written. */
function recordOf(registration: Registration) {
  const record = { registration, writes: 0, now: NOW };
  const proofs = createProofs({
    portalKeys,
    clock: { now: () => record.now },
    registrations: {
      update(_tenantId, _userId, change) {
        const changed = change(record.registration);
        if (changed === null) return Promise.resolve(record.registration);
        record.writes++;
        record.registration = changed;
        return Promise.resolve(changed);
      },
    },
  });
  return Object.assign(record, { proofs });
}

function withApp() {
  const secret = newAuthenticatorSecret();
  const app = new TOTP({ secret: new OtpSecret({ buffer: new Uint8Array(secret.reveal()).buffer }) });
  const sealedSecret = sealAuthenticatorSecret(portalKeys, TENANT, USER, secret);
  const record = recordOf({
    ...NO_REGISTRATION,
    authenticator: { sealedSecret, confirmedAt: NOW, lastStep: 0 },
  });
  return Object.assign(record, { code: (at: number) => app.generate({ timestamp: at }) });
}

describe("proofs", () => {
  it("accept a code of the app once, and none of an earlier step than one that was used (T-02)", async () => {
    const record = withApp();
    const enter = (otp: string) => record.proofs.authenticator(TENANT, USER, record.registration, otp);

    expect(await enter(record.code(NOW))).to.equal(true);
    expect(await enter(record.code(NOW))).to.equal(false);
    expect(await enter(record.code(NOW - 30_000))).to.equal(false);
    expect(await enter(record.code(NOW + 30_000))).to.equal(true);
    expect(record.writes).to.equal(2);
  });

  it("accept only one of two concurrent entries of the same code", async () => {
    const record = withApp();
    const before = record.registration;
    const both = await Promise.all(
      [1, 2].map(() => record.proofs.authenticator(TENANT, USER, before, record.code(NOW))),
    );

    expect(both.filter(Boolean)).to.have.lengthOf(1);
  });

  it("open an app's secret only for its owner", async () => {
    const record = withApp();
    const otp = record.code(NOW);

    expect(await record.proofs.authenticator(TENANT, OTHER, record.registration, otp)).to.equal(false);
    expect(await record.proofs.authenticator("fabrikam", USER, record.registration, otp)).to.equal(false);
  });

  it("accept a recovery code only from its owner, and once", async () => {
    const [code = "", another = ""] = newRecoveryCodes();
    const digest = recoveryCodeDigest(portalKeys, TENANT, USER, code);
    const record = recordOf({ ...NO_REGISTRATION, recoveryCodes: [{ digest, usedAt: null }] });
    const enter = (userId: string, typed: string) =>
      record.proofs.recoveryCode(TENANT, userId, record.registration, typed);

    expect(await enter(OTHER, code)).to.equal(false);
    expect(await enter(USER, another)).to.equal(false);
    expect(await enter(USER, "")).to.equal(false);
    expect(await enter(USER, code)).to.equal(true);
    expect(await enter(USER, code)).to.equal(false);
    expect(record.registration.recoveryCodes).to.deep.equal([{ digest, usedAt: NOW }]);
  });

  it("have for an unknown user a registration of the same form, which accepts nothing and is never written (T-01)", async () => {
    const record = recordOf(NO_REGISTRATION);
    const { proofs } = record;
    const seed = Buffer.alloc(32, 3);
    const madeUp = proofs.madeUp(seed);

    expect(madeUp)
      .to.deep.equal(proofs.madeUp(seed))
      .and.not.deep.equal(proofs.madeUp(Buffer.alloc(32, 4)));
    const real = withApp().registration.authenticator;
    expect(madeUp.authenticator?.sealedSecret).to.have.lengthOf(real?.sealedSecret.length ?? 0);
    expect(madeUp.recoveryCodes).to.have.lengthOf(10);
    for (const registration of [madeUp, NO_REGISTRATION]) {
      expect(await proofs.authenticator(TENANT, USER, registration, "123456")).to.equal(false);
      expect(await proofs.recoveryCode(TENANT, USER, registration, "AAAAA-BBBBB-CCCCC")).to.equal(false);
      expect(await proofs.questions(registration, { first_concert: "Queen" })).to.equal(false);
    }
    expect(record.writes).to.equal(0);
  });

  it("do not accept for an unknown user the app code that an empty secret would give", async () => {
    const { proofs } = recordOf(NO_REGISTRATION);
    const empty = new TOTP({ secret: new OtpSecret({ buffer: new Uint8Array(20).buffer }) });

    expect(
      await proofs.authenticator(TENANT, USER, NO_REGISTRATION, empty.generate({ timestamp: NOW })),
    ).to.equal(false);
  });

  it("need at least one question, and every answer right", async () => {
    const { proofs } = recordOf(NO_REGISTRATION);

    expect(await proofs.questions(NO_REGISTRATION, {})).to.equal(false);
    const many = Object.fromEntries(Array.from({ length: 100 }, (_, at) => [`q${at}`, "x"]));
    expect(await proofs.questions(NO_REGISTRATION, many)).to.equal(false);
  });
});
