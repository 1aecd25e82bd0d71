/** Changes of methods that a session makes. */
import { AppError } from "../../shared/errors.ts";
import type { Method } from "../../shared/methods.ts";
import { epochOfChange, newMethodChangeId } from "../people/method-changes.ts";
import type { KnownPerson } from "../people/people.ts";
import { waitingFor } from "../people/waiting-methods.ts";
import type { Registration, Waiting } from "../store/registration-record.ts";
import type { RegistrationDeps } from "./registration-deps.ts";
import {
  type Done,
  inOwnEpoch,
  type Registrable,
  type RegistrationSession,
  type SignedIn,
} from "./session.ts";
import { signedIn } from "./session-access.ts";

/** What a session may do to the methods. */
export interface ChangeRight {
  readonly isProven: boolean;
  /** Hours that a new method waits; 0 when it counts at once. */
  readonly holdHours: number;
}

export interface SessionChanges {
  /** Throws SESSION_ENDED when the user was deleted meanwhile. */
  person(session: RegistrationSession): Promise<KnownPerson>;
  /** Begins a change, which ends the person's other visits. `session`: as stored with `own`, so that it is not ended too. */
  begin(
    kind: Exclude<Done["kind"], "reviewed" | "proven">,
    what: Registrable,
    right: ChangeRight,
  ): SessionChange;
}

export interface SessionChange {
  /** The state that a session has to be in before the change is stored. */
  own(state: SignedIn): SignedIn;
  store(
    session: RegistrationSession,
    change: (present: Registration, person: KnownPerson, waiting: Waiting) => Registration | null,
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

export function createSessionChanges({
  people,
  methodChanges,
  clock,
}: Pick<RegistrationDeps, "people" | "methodChanges" | "clock">): SessionChanges {
  async function personOf(session: RegistrationSession): Promise<KnownPerson> {
    const person = await people.get(session.tenantId, signedIn(session).userId);
    if (person === null) throw new AppError("SESSION_ENDED", "The user no longer exists.");
    return person;
  }

  return {
    person: personOf,
    begin(kind, what, { isProven, holdHours }) {
      const id = newMethodChangeId();
      return {
        own: (state) => inOwnEpoch(state, epochOfChange(id)),
        async store(session, change) {
          const person = await personOf(session);
          const waiting = kind === "removed" ? {} : waitingFor(holdHours, clock.now());
          await methodChanges.change({
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
            change: (present) => change(present, person, waiting),
          });
        },
      };
    },
  };
}
