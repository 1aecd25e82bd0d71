/** Lists the methods of a user, masked: nothing in the list would help anyone else to use them. */
import type { RegisteredThing, RegistrationView } from "../../shared/api/registrations.ts";
import { maskPhone } from "../../shared/phone.ts";
import { maskAddress } from "../methods/mask.ts";
import { onFileAt, waitsUntil } from "../people/waiting-methods.ts";
import type { Registration, Waiting } from "../store/registration-record.ts";
import type { StoredUser } from "../store/user-record.ts";

type Synced = Registration["confirmedSynced"][number]["field"];
type Item = RegistrationView["items"][number];

export function toRegistrationView(
  user: StoredUser,
  registration: Registration,
  now: number,
): RegistrationView {
  const { mobile, officePhone, email, authenticator, questions, recoveryCodes } = onFileAt(registration, now);
  const items: Item[] = [];
  const add = (
    what: RegisteredThing,
    value: string | null,
    confirmedAt: number | null,
    method: Waiting | undefined,
  ): void => {
    items.push({ what, value, source: "person", confirmedAt, waitsUntil: waitsUntil(method, now) });
  };

  const addSynced = (what: RegisteredThing, field: Synced, mask: (value: string) => string): void => {
    const value = user[field];
    if (value === null) return;
    const confirmed = registration.confirmedSynced.find(
      (each) => each.field === field && each.value === value,
    );
    items.push({
      what,
      value: mask(value),
      source: "directory",
      confirmedAt: confirmed?.at ?? null,
      waitsUntil: waitsUntil(confirmed, now),
    });
  };

  if (mobile !== null) add("mobile", maskPhone(mobile.number), mobile.confirmedAt, mobile);
  addSynced("mobile", "mobile", maskPhone);
  if (officePhone !== null)
    add("office_phone", maskPhone(officePhone.number), officePhone.confirmedAt, officePhone);
  addSynced("office_phone", "officePhone", maskPhone);
  if (email !== null) add("email", maskAddress(email.address), email.confirmedAt, email);
  addSynced("email", "alternateEmail", maskAddress);
  if (authenticator !== null) add("authenticator", null, authenticator.confirmedAt, authenticator);
  if (questions.length > 0) add("questions", `${questions.length} answered`, null, questions[0]);
  if (recoveryCodes.length > 0) {
    const left = recoveryCodes.filter(({ usedAt }) => usedAt === null).length;
    add("recovery_codes", `${left} of ${recoveryCodes.length} left`, null, recoveryCodes[0]);
  }
  return { confirmedAt: registration.confirmedAt, items };
}
