/** Decides which form may act on an attempt: by the cookie's secret, the form's version, and compare-and-set. */
import type { Clock } from "../../shared/clock.ts";
import { isEqualInConstantTime } from "../../shared/constant-time.ts";
import { AppError } from "../../shared/errors.ts";
import { Secret } from "../../shared/secret.ts";
import type { PortalKeys } from "../keys/portal-keys.ts";
import { compareAndSet } from "../store/compare-and-set.ts";
import { endedError } from "../store/person-epochs.ts";
import type { VisitStore } from "../store/visits.ts";
import { secretDigestOf } from "../visits/secret.ts";
import { type SessionKey, timeLeft } from "../visits/visit.ts";
import { type Attempt, isOver } from "./attempt.ts";
import { type Step, stepOf } from "./attempt-step.ts";

export interface Form {
  /** Version of the screen with the form. */
  readonly version: number;
  /** Name of the action and what was typed. Used only in a digest, which tells a double click from another action. */
  readonly fields: readonly string[];
  readonly steps: readonly Step["name"][];
}

export type FormResult =
  | { readonly kind: "done"; readonly attempt: Attempt; readonly key: SessionKey }
  /** Nothing was done, because the same form was sent again or the form belongs to an earlier screen. */
  | { readonly kind: "repeated" | "stale"; readonly key: SessionKey };

export interface Sessions {
  create(attempt: Attempt): Promise<Attempt>;
  /** Throws SESSION_ENDED: no such attempt, ended, or another browser's; with its cause when an epoch has ended it. */
  read(key: SessionKey): Promise<Attempt>;
  /** Returns the attempt if the form may act on it now; otherwise the key to continue with. */
  checkForm(key: SessionKey, form: Form): Promise<FormResult>;
  /** Checks the form, changes the attempt and stores it; starts over when background work was faster. */
  act(key: SessionKey, form: Form, change: (attempt: Attempt) => Attempt): Promise<FormResult>;
  /** Finds an attempt without its key. Null when there is none, or it has ended. */
  find(tenantId: string, id: string): Promise<Attempt | null>;
  /**
   * Returns the attempt as this node last knew it. Fields that are written once are correct; the others may be
   * outdated.
   */
  remembered(tenantId: string, id: string): Attempt | null;
  /** Changes an attempt in the background, without a form. Null when it has ended or `change` returns null. */
  amend(tenantId: string, id: string, change: (attempt: Attempt) => Attempt | null): Promise<Attempt | null>;
  /** The key after a proof by this form. The same form always gives the same key. */
  rotated(key: SessionKey, form: Form): SessionKey;
  remove(key: SessionKey): Promise<void>;
}

export function createSessions(deps: {
  readonly attempts: VisitStore<Attempt>;
  readonly portalKeys: Pick<PortalKeys, "digest">;
  readonly clock: Pick<Clock, "now">;
}): Sessions {
  const { attempts, portalKeys, clock } = deps;

  const save = (attempt: Attempt): Promise<Attempt | null> =>
    attempts.save(attempt, timeLeft(attempt, clock.now()));

  async function load(tenantId: string, id: string): Promise<Attempt | null> {
    const attempt = await attempts.find(tenantId, id);
    return attempt === null || isOver(attempt, clock.now()) ? null : attempt;
  }

  /** Use it only for a change whose write fails when the attempt is outdated. Everything else needs `load`. */
  function remembered(tenantId: string, id: string): Attempt | null {
    const attempt = attempts.remembered(tenantId, id);
    return attempt === null || isOver(attempt, clock.now()) ? null : attempt;
  }

  /** The secret is part of the digest, so that codes and answers cannot be tried against the stored record. */
  const formDigest = ({ id, secret }: SessionKey, { version, fields }: Form): string =>
    portalKeys
      .digest("reset-form", [id, secret.reveal(), version, ...fields])
      .toString("base64url")
      .slice(0, 22);

  /**
   * Derived from the old secret and the form that proved something: the second request of a double click, whose first
   * answer the browser discarded, gets the same new secret. An attacker with only the old secret does not.
   */
  function rotated(key: SessionKey, { version, fields }: Form): SessionKey {
    const secret = portalKeys.digest("reset-secret", [key.id, key.secret.reveal(), version, ...fields]);
    return { ...key, secret: new Secret(secret.toString("base64url")) };
  }

  const owns = (key: SessionKey, attempt: Attempt): boolean =>
    isEqualInConstantTime(secretDigestOf(key.secret), attempt.secretDigest);

  async function read(key: SessionKey): Promise<Attempt> {
    const attempt = await load(key.tenantId, key.id);
    if (attempt === null) throw await whyGone(key);
    if (!owns(key, attempt)) throw new AppError("SESSION_ENDED");
    return attempt;
  }

  /** The cause is told only to the browser that has the attempt. */
  async function whyGone(key: SessionKey): Promise<AppError> {
    const ended = await attempts.findEnded(key.tenantId, key.id);
    return ended !== null && owns(key, ended.visit) ? endedError(ended.epoch) : new AppError("SESSION_ENDED");
  }

  const mayAct = (key: SessionKey, form: Form, attempt: Attempt): boolean =>
    owns(key, attempt) &&
    attempt.version === form.version &&
    form.steps.includes(stepOf(attempt, clock.now()).name);

  /**
   * Answers a form that may not act on the stored attempt: the second request of a double click, or a form of an
   * earlier screen.
   */
  async function turnAway(key: SessionKey, form: Form, attempt: Attempt | null): Promise<FormResult> {
    if (attempt === null) throw await whyGone(key);
    if (!owns(key, attempt)) {
      const next = rotated(key, form);
      if (owns(next, attempt)) return { kind: "repeated", key: next };
      throw new AppError("SESSION_ENDED");
    }
    if (attempt.version === form.version + 1 && attempt.lastForm === formDigest(key, form))
      return { kind: "repeated", key };
    await noteStale(key);
    return { kind: "stale", key };
  }

  async function noteStale(key: SessionKey): Promise<void> {
    await amend(key.tenantId, key.id, (attempt) =>
      attempt.problem === null ? { ...attempt, problem: { kind: "stale" } } : null,
    );
  }

  async function amend(
    tenantId: string,
    id: string,
    change: (attempt: Attempt) => Attempt | null,
  ): Promise<Attempt | null> {
    const result = await compareAndSet({
      record: `attempt ${id}`,
      remembered: remembered(tenantId, id),
      read: () => load(tenantId, id),
      change,
      write: save,
    });
    return result?.stored ?? null;
  }

  return {
    async create(attempt) {
      const saved = await save(attempt);
      if (saved === null)
        throw new AppError("STORE_UNAVAILABLE", `There is an attempt ${attempt.id} already.`);
      return saved;
    },
    read,
    find: load,
    remembered,
    async checkForm(key, form) {
      const known = remembered(key.tenantId, key.id);
      if (known !== null && mayAct(key, form, known)) return { kind: "done", attempt: known, key };
      const attempt = await load(key.tenantId, key.id);
      if (attempt !== null && mayAct(key, form, attempt)) return { kind: "done", attempt, key };
      return turnAway(key, form, attempt);
    },
    async act(key, form, change) {
      const { tenantId, id } = key;
      const result = await compareAndSet({
        record: `attempt ${id}`,
        remembered: remembered(tenantId, id),
        read: () => load(tenantId, id),
        change: (attempt) =>
          mayAct(key, form, attempt)
            ? {
                ...change({ ...attempt, problem: null }),
                version: attempt.version + 1,
                lastForm: formDigest(key, form),
                touchedAt: clock.now(),
              }
            : null,
        write: save,
      });
      if (result?.stored != null) return { kind: "done", attempt: result.stored, key };
      return turnAway(key, form, result?.present ?? null);
    },
    amend,
    rotated,
    async remove(key) {
      const attempt = await load(key.tenantId, key.id);
      if (attempt !== null && owns(key, attempt)) await attempts.remove(key.tenantId, key.id);
    },
  };
}
