/** Reads and changes sessions: whoever comes second with a form of an earlier screen is shown the present one. */
import type { Clock } from "../../shared/clock.ts";
import { AppError } from "../../shared/errors.ts";
import type { SessionKey } from "../visits/visit.ts";
import type { RegistrationSessionStore } from "./registration-session-store.ts";
import {
  afterLook,
  afterStaleForm,
  isOpenTo,
  lifeOf,
  type RegistrationSession,
  type SignedIn,
} from "./session.ts";

export interface SessionAccess {
  begin(session: RegistrationSession): Promise<void>;
  /** What time has decided is decided. Throws SESSION_ENDED. */
  look(key: SessionKey): Promise<RegistrationSession>;
  /** For a form: the changed session; null for a form of an earlier screen, which changes nothing. Throws SESSION_ENDED. */
  act(
    key: SessionKey,
    version: number,
    change: (session: RegistrationSession, now: number) => RegistrationSession,
  ): Promise<RegistrationSession | null>;
  /** For what happens in the background. `change` may answer null: nothing is written. Null also when the session is gone. */
  update(
    tenantId: string,
    id: string,
    change: (session: RegistrationSession, now: number) => RegistrationSession | null,
  ): Promise<RegistrationSession | null>;
  /** Never throws for one that is over. */
  end(key: SessionKey): Promise<void>;
}

const MAX_ATTEMPTS = 20;

/** Throws SESSION_ENDED for one that is not (or no longer) signed in. */
export function signedIn(session: RegistrationSession): SignedIn {
  if (session.state.name === "signed_in") return session.state;
  throw new AppError("SESSION_ENDED", "Nobody is signed in here.");
}

export function createSessionAccess(deps: {
  readonly sessions: RegistrationSessionStore;
  readonly clock: Pick<Clock, "now">;
}): SessionAccess {
  const { sessions, clock } = deps;
  const busy = (id: string): AppError =>
    new AppError("STORE_UNAVAILABLE", `The session ${id} is being changed all the time.`);

  /** Reads, changes, writes; again when somebody else wrote in between. `changed: null`: nothing was to be written. */
  async function change(
    tenantId: string,
    id: string,
    decide: (session: RegistrationSession, now: number) => RegistrationSession | null,
  ): Promise<{ readonly before: RegistrationSession; readonly changed: RegistrationSession | null } | null> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const read = await sessions.read(tenantId, id);
      if (read === null) return null;
      const now = clock.now();
      const changed = decide(read.session, now);
      if (changed === null) return { before: read.session, changed };
      if (await sessions.write(changed, read.version, lifeOf(changed, now)))
        return { before: read.session, changed };
    }
    throw busy(id);
  }

  function checkOpen(session: RegistrationSession, key: SessionKey, now: number): void {
    if (!isOpenTo(session, key, now)) throw new AppError("SESSION_ENDED");
  }

  return {
    async begin(session) {
      const written = await sessions.write(session, 0, lifeOf(session, clock.now()));
      if (!written) throw busy(session.id);
    },
    async look(key) {
      const result = await change(key.tenantId, key.id, (session, now) => {
        checkOpen(session, key, now);
        return afterLook(session, now);
      });
      if (result === null) throw new AppError("SESSION_ENDED");
      return result.changed ?? result.before;
    },
    async act(key, version, decide) {
      const result = await change(key.tenantId, key.id, (read, now) => {
        checkOpen(read, key, now);
        const session = afterLook(read, now) ?? read;
        return session.screen === version ? decide(session, now) : afterStaleForm(session, now);
      });
      if (result === null) throw new AppError("SESSION_ENDED");
      return result.changed?.problem?.kind === "stale" ? null : result.changed;
    },
    update: async (tenantId, id, decide) => (await change(tenantId, id, decide))?.changed ?? null,
    async end(key) {
      const read = await sessions.read(key.tenantId, key.id);
      if (read !== null && isOpenTo(read.session, key, clock.now()))
        await sessions.remove(key.tenantId, key.id);
    },
  };
}
