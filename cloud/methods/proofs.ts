/** Checks authenticator codes, recovery codes and answers against a person's registration. */
import type { Clock } from "../../shared/clock.ts";
import { isEqualInConstantTime } from "../../shared/constant-time.ts";
import { isAppError } from "../../shared/errors.ts";
import { toBase64url } from "../../shared/sealing/bytes.ts";
import { Secret } from "../../shared/secret.ts";
import type { PortalKeys } from "../keys/portal-keys.ts";
import { NO_REGISTRATION, type Registration, type Registrations } from "../store/registration-record.ts";
import { createAnswers } from "./answers.ts";
import { AUTHENTICATOR_SECRET_BYTES, openAuthenticatorSecret, stepOf } from "./authenticator.ts";
import { QUESTION_IDS } from "./question-texts.ts";
import { RECOVERY_CODES, recoveryCodeDigest } from "./recovery-codes.ts";

export interface Proofs {
  /** Checks a code and uses it up if it is correct. Made-up registrations cause the same work and never match. */
  authenticator(tenantId: string, userId: string, registration: Registration, otp: string): Promise<boolean>;
  recoveryCode(tenantId: string, userId: string, registration: Registration, code: string): Promise<boolean>;
  /** Answers by question id, for exactly the questions asked. Case, accents, spaces and symbols do not matter. */
  questions(registration: Registration, answers: Readonly<Record<string, string>>): Promise<boolean>;
  /**
   * Makes a registration for a name that does not exist: always the same for the same `seed`, and no code matches it.
   */
  madeUp(seed: Buffer): Registration;
}

const DIGEST_BYTES = 32;
/** Length of a sealed secret: nonce, ciphertext, tag. */
const SEALED_BYTES = 12 + AUTHENTICATOR_SECRET_BYTES + 16;

export function createProofs(deps: {
  readonly registrations: Pick<Registrations, "update">;
  readonly portalKeys: PortalKeys;
  readonly clock: Pick<Clock, "now">;
}): Proofs {
  const { registrations, portalKeys, clock } = deps;
  const answers = createAnswers({ portalKeys });
  const unknownSecret = new Secret(Buffer.alloc(AUTHENTICATOR_SECRET_BYTES));
  const unknownSealedSecret = toBase64url(Buffer.alloc(SEALED_BYTES));

  /** Returns null for a made-up secret, which takes the same work to open. */
  function openSecret(tenantId: string, userId: string, sealedSecret: string): Secret<Buffer> | null {
    try {
      return openAuthenticatorSecret(portalKeys, tenantId, userId, sealedSecret);
    } catch (error) {
      if (isAppError(error, "RECORD_CORRUPT")) return null;
      throw error;
    }
  }

  const bytes = (purpose: string, fields: readonly (string | number)[], length: number): Buffer =>
    Buffer.concat(
      Array.from({ length: Math.ceil(length / DIGEST_BYTES) }, (_, block) =>
        portalKeys.digest(`registration/made-up/${purpose}`, [...fields, block]),
      ),
    ).subarray(0, length);

  return {
    async authenticator(tenantId, userId, { authenticator }, otp) {
      const opened = openSecret(tenantId, userId, authenticator?.sealedSecret ?? unknownSealedSecret);
      const step = stepOf(opened ?? unknownSecret, otp, clock.now());
      if (opened === null || authenticator === null || step === null) return false;
      if (step <= authenticator.lastStep) return false;
      let won = false;
      await registrations.update(tenantId, userId, (present) => {
        // A later code of this app may have been used since, or another app set up.
        won =
          present.authenticator?.sealedSecret === authenticator.sealedSecret &&
          step > present.authenticator.lastStep;
        return won ? { ...present, authenticator: { ...authenticator, lastStep: step } } : null;
      });
      return won;
    },
    async recoveryCode(tenantId, userId, { recoveryCodes }, code) {
      const typed = Buffer.from(recoveryCodeDigest(portalKeys, tenantId, userId, code));
      let digest: string | null = null;
      for (let at = 0; at < RECOVERY_CODES; at++) {
        const candidate = recoveryCodes[at];
        const isSame = isEqualInConstantTime(typed, sameLength(candidate?.digest ?? "", typed.length));
        if (isSame && candidate?.usedAt === null) digest = candidate.digest;
      }
      if (digest === null) return false;
      let won = false;
      await registrations.update(tenantId, userId, (present) => {
        won = present.recoveryCodes.some((kept) => kept.digest === digest && kept.usedAt === null);
        if (!won) return null;
        const usedAt = clock.now();
        return {
          ...present,
          recoveryCodes: present.recoveryCodes.map((kept) =>
            kept.digest === digest ? { ...kept, usedAt } : kept,
          ),
        };
      });
      return won;
    },
    async questions({ questions }, given) {
      const asked = Object.entries(given);
      if (asked.length === 0 || asked.length > QUESTION_IDS.length) return false;
      const right = await Promise.all(
        asked.map(([questionId, answer]) => {
          const known = questions.find((question) => question.questionId === questionId);
          return answers.isRight(questionId, answer, known?.answerHash ?? null);
        }),
      );
      return right.every(Boolean);
    },
    madeUp(seed): Registration {
      const id = toBase64url(seed);
      return {
        ...NO_REGISTRATION,
        authenticator: {
          sealedSecret: toBase64url(bytes("authenticator", [id], SEALED_BYTES)),
          confirmedAt: 0,
          lastStep: 0,
        },
        questions: QUESTION_IDS.slice(0, 5).map((questionId) => ({
          questionId,
          answerHash: answers.madeUp(portalKeys.digest("registration/made-up/question", [id, questionId])),
        })),
        recoveryCodes: Array.from({ length: RECOVERY_CODES }, (_, at) => ({
          digest: toBase64url(bytes("recovery-code", [id, at], DIGEST_BYTES)),
          usedAt: null,
        })),
      };
    },
  };
}

/** All digests have the same length; a damaged one is padded or cut and compares as unequal. */
function sameLength(text: string, length: number): Buffer {
  const padded = Buffer.alloc(length);
  padded.write(text, "latin1");
  return padded;
}
