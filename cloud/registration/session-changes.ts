/** Changes of methods that a session makes. */
import { AppError } from "../../shared/errors.ts";
import type { Method } from "../../shared/methods.ts";
import { epochOfChange, newMethodChangeId } from "../people/method-changes.ts";
import type { KnownPerson } from "../people/people.ts";
import { isOnFile, onFileAt, waitingFor } from "../people/waiting-methods.ts";
import type { Registration, Waiting } from "../store/registration-record.ts";
import type { RegistrationDeps } from "./registration-deps.ts";
import {
  type Done,
  inOwnEpoch,
  type Registrable,
  type RegistrationSession,
  type SignedIn,
} from "./session.ts";
import { type SessionAccess, signedIn } from "./session-access.ts";

/** A session and its person, read once for one request. */
export interface OpenSession {
  readonly session: RegistrationSession;
  readonly person: KnownPerson;
}

/** An open session that may change methods. */
export interface ChangePermit extends OpenSession {
  readonly isProven: boolean;
  /** Hours that a new method, or a removal, waits; 0 when it counts at once. A change that waits replaces nothing on file. */
  readonly holdHours: number;
}

export interface SessionChanges {
  /** Throws SESSION_ENDED when the user was deleted meanwhile. */
  person(session: RegistrationSession): Promise<KnownPerson>;
  /** Begins a change, which ends the person's other visits. */
  begin(
    kind: Exclude<Done["kind"], "reviewed" | "proven" | "removal_waits">,
    what: Registrable,
    permit: ChangePermit,
  ): SessionChange;
  /** Tells on the present screen that something is done. Called once it is stored, so that no screen reports what is not. */
  report(session: RegistrationSession, done: Done): Promise<void>;
}

export interface SessionChange {
  /** The state that a session has to be in before the change is stored, so that the change does not end it too. */
  own(state: SignedIn): SignedIn;
  /** Stores the change and tells so on the screen. `session`: as stored with `own`. Null from `change`: the screen is out of date. */
  store(
    session: RegistrationSession,
    change: (present: Registration, waiting: Waiting) => Registration | null,
  ): Promise<void>;
}

/** The method to name in notices and in the audit. */
const METHOD_OF: Readonly<Record<Registrable, Method>> = {
  mobile: "text",
  officePhone: "office_call",
  email: "email",
  authenticator: "authenticator",
  questions: "questions",
  recoveryCodes: "recovery_code",
};

export function createSessionChanges(
  { people, methodChanges, clock }: Pick<RegistrationDeps, "people" | "methodChanges" | "clock">,
  access: Pick<SessionAccess, "update">,
): SessionChanges {
  /** Changes the screen that the action led to, unless the visitor has moved on. */
  async function onScreen(
    { tenantId, id, screen }: RegistrationSession,
    change: Partial<Pick<RegistrationSession, "done" | "problem">>,
  ): Promise<void> {
    await access.update(tenantId, id, (present) =>
      present.screen === screen ? { ...present, ...change } : null,
    );
  }

  return {
    async person(session) {
      const person = await people.get(session.tenantId, signedIn(session).userId);
      if (person === null) throw new AppError("SESSION_ENDED", "The user no longer exists.");
      return person;
    },
    report: (session, done) => onScreen(session, { done }),
    begin(kind, what, { person, isProven, holdHours }) {
      const id = newMethodChangeId();
      return {
        own: (state) => inOwnEpoch(state, epochOfChange(id)),
        async store(session, change) {
          const now = clock.now();
          const waiting = waitingFor(holdHours, now);
          const isHeld = holdHours > 0;
          const isStored = await methodChanges.change({
            tenantId: session.tenantId,
            user: person.user,
            kind,
            methods: [METHOD_OF[what]],
            id,
            actor: `registration:${session.id}`,
            correlationId: session.id,
            language: session.language,
            details: { method: METHOD_OF[what], change: kind },
            waitsUntil: waiting.countsFrom ?? null,
            isProven,
            within: signedIn(session).epochs,
            change(stored) {
              const present = onFileAt(stored, now);
              const isReplaced = kind === "added" && isHeld && isOnFile(present, what);
              return isReplaced ? null : change(present, waiting);
            },
          });
          const done = kind === "removed" && isHeld ? "removal_waits" : kind;
          await onScreen(session, isStored ? { done: { kind: done, what } } : { problem: { kind: "stale" } });
        },
      };
    },
  };
}
