/** Reads and changes sessions. A form of an earlier screen changes nothing, and the current screen is shown again. */
import type { Clock } from "../../shared/clock.ts";
import { AppError } from "../../shared/errors.ts";
import { compareAndSet, type CompareAndSetResult } from "../store/compare-and-set.ts";
import { endedError } from "../store/person-epochs.ts";
import type { VisitStore } from "../store/visits.ts";
import { type SessionKey, timeLeft } from "../visits/visit.ts";
import { afterLook, afterStaleForm, isOpenTo, type RegistrationSession, type SignedIn } from "./session.ts";

export interface SessionAccess {
  begin(session: RegistrationSession): Promise<void>;
  /** Reads the session and stores what time has decided since. Throws SESSION_ENDED, with its cause when an epoch has ended it. */
  look(key: SessionKey): Promise<RegistrationSession>;
  /** Changes the session by a form. Null for a form of an earlier screen, which changes nothing else. Throws SESSION_ENDED. */
  act(
    key: SessionKey,
    version: number,
    change: (session: RegistrationSession, now: number) => RegistrationSession,
  ): Promise<RegistrationSession | null>;
  /** Changes the session in the background. Writes nothing when `change` returns null. Null then, and when the session has ended. */
  update(
    tenantId: string,
    id: string,
    change: (session: RegistrationSession, now: number) => RegistrationSession | null,
  ): Promise<RegistrationSession | null>;
  /** Does not throw if the session has ended already. */
  end(key: SessionKey): Promise<void>;
}

/** Throws SESSION_ENDED unless the session is signed in. */
export function signedIn(session: RegistrationSession): SignedIn {
  if (session.state.name === "signed_in") return session.state;
  throw new AppError("SESSION_ENDED", "The session is not signed in.");
}

export function createSessionAccess(deps: {
  readonly sessions: VisitStore<RegistrationSession>;
  readonly clock: Pick<Clock, "now">;
}): SessionAccess {
  const { sessions, clock } = deps;

  const save = (session: RegistrationSession): Promise<RegistrationSession | null> =>
    sessions.save(session, timeLeft(session, clock.now()));

  const change = (
    tenantId: string,
    id: string,
    decide: (session: RegistrationSession, now: number) => RegistrationSession | null,
  ): Promise<CompareAndSetResult<RegistrationSession, RegistrationSession> | null> =>
    compareAndSet({
      record: `session ${id}`,
      read: () => sessions.find(tenantId, id),
      change: (session) => decide(session, clock.now()),
      write: save,
    });

  /** The cause is told only to the browser that has the session. */
  async function whyGone(key: SessionKey): Promise<AppError> {
    const ended = await sessions.findEnded(key.tenantId, key.id);
    return ended !== null && isOpenTo(ended.visit, key, clock.now())
      ? endedError(ended.epoch)
      : new AppError("SESSION_ENDED");
  }

  function checkOpen(session: RegistrationSession, key: SessionKey, now: number): void {
    if (!isOpenTo(session, key, now)) throw new AppError("SESSION_ENDED");
  }

  return {
    async begin(session) {
      if ((await save(session)) === null)
        throw new AppError("STORE_UNAVAILABLE", `There is a session ${session.id} already.`);
    },
    async look(key) {
      const result = await change(key.tenantId, key.id, (session, now) => {
        checkOpen(session, key, now);
        return afterLook(session, now);
      });
      if (result === null) throw await whyGone(key);
      return result.stored ?? result.present;
    },
    async act(key, version, decide) {
      const result = await change(key.tenantId, key.id, (read, now) => {
        checkOpen(read, key, now);
        const session = afterLook(read, now) ?? read;
        return session.screen === version ? decide(session, now) : afterStaleForm(session, now);
      });
      if (result === null) throw await whyGone(key);
      return result.stored?.problem?.kind === "stale" ? null : result.stored;
    },
    update: async (tenantId, id, decide) => (await change(tenantId, id, decide))?.stored ?? null,
    async end(key) {
      const session = await sessions.find(key.tenantId, key.id);
      if (session !== null && isOpenTo(session, key, clock.now()))
        await sessions.remove(key.tenantId, key.id);
    },
  };
}
