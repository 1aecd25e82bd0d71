/** Stores a change of a person's methods, notifies all their addresses, and writes an audit entry. */
import { AppError } from "../../shared/errors.ts";
import type { Method } from "../../shared/methods.ts";
import { noticeAddresses } from "../people/notice-addresses.ts";
import type { Person } from "../people/people.ts";
import { nameOf } from "../people/person-notices.ts";
import type { Registration } from "../store/registration-record.ts";
import type { RegistrationDeps } from "./registration-deps.ts";
import type { Done, Registrable, RegistrationSession } from "./session.ts";
import { signedIn } from "./session-access.ts";

export interface MethodChanges {
  /** Throws SESSION_ENDED when the user was deleted meanwhile. */
  person(session: RegistrationSession): Promise<Person>;
  change(
    session: RegistrationSession,
    kind: Exclude<Done["kind"], "reviewed">,
    what: Registrable,
    change: (present: Registration, person: Person) => Registration | null,
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

export function createMethodChanges({
  people,
  registrations,
  notifier,
  audit,
}: Pick<RegistrationDeps, "people" | "registrations" | "notifier" | "audit">): MethodChanges {
  async function personOf(session: RegistrationSession): Promise<Person> {
    const person = await people.get(session.tenantId, signedIn(session).userId);
    if (person === null) throw new AppError("SESSION_ENDED", "The user no longer exists.");
    return person;
  }

  return {
    person: personOf,
    async change(session, kind, what, change) {
      const { tenantId, id, language } = session;
      const before = await personOf(session);
      const registration = await registrations.update(tenantId, before.id, (present) =>
        change(present, before),
      );
      const after: Person = { ...before, registration };
      // The notice also goes to the addresses before the change. Otherwise, an attacker who takes over an account could
      // suppress it.
      const emails = [...new Set([...noticeAddresses(before), ...noticeAddresses(after)])];
      const phone = before.registration.mobile?.number ?? before.user.mobile;
      await notifier.notify({
        tenantId,
        emails,
        language,
        correlationId: id,
        kind: kind === "removed" ? "method_removed" : "method_added",
        ...(emails.length === 0 && phone !== null ? { texts: [phone] } : {}),
        facts: { ...nameOf(before), method: METHOD_OF[what] },
      });
      await audit.append({
        tenantId,
        action: "registration.changed",
        actor: `registration:${id}`,
        subject: `user:${before.id}`,
        outcome: "done",
        correlationId: id,
        details: { method: METHOD_OF[what], change: kind },
      });
    },
  };
}
