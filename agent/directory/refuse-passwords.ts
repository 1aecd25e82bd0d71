import type { JobOrder } from "../../shared/sealing/job.ts";
import type { Secret } from "../../shared/secret.ts";
import { MAX_PASSWORD_UNITS } from "../../shared/writeback.ts";

interface Passwords {
  readonly newPassword?: Secret;
  readonly oldPassword?: Secret;
}

/** Refuses passwords that no directory may be asked about, before any password list is read. Null: nothing is wrong. */
export function refusePasswords(
  operation: JobOrder["operation"],
  passwords: Passwords | null,
): "PASSWORD_EMPTY" | "PASSWORD_TOO_LONG" | "OLD_PASSWORD_WRONG" | null {
  if (operation === "unlock") return null;
  const newPassword = passwords?.newPassword?.reveal() ?? "";
  if (newPassword === "") return "PASSWORD_EMPTY";
  if (newPassword.length > MAX_PASSWORD_UNITS) return "PASSWORD_TOO_LONG";
  // An empty old password would be an anonymous bind, which "succeeds" (RFC 4513 section 5.1.2).
  if (operation === "change" && (passwords?.oldPassword?.reveal() ?? "") === "") return "OLD_PASSWORD_WRONG";
  return null;
}
