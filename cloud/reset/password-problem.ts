/** Checks two typed passwords as far as that is possible without an agent. */
import { MAX_PASSWORD_UNITS } from "../../shared/writeback.ts";
import type { PasswordSubmission, ResetProblem } from "./reset-service.ts";

export function passwordProblem({
  newPassword,
  repeated,
}: Extract<PasswordSubmission, { kind: "plain" }>): ResetProblem | null {
  const password = newPassword.reveal();
  if (password === "") return { kind: "password_empty" };
  if (password !== repeated.reveal()) return { kind: "passwords_differ" };
  return password.length > MAX_PASSWORD_UNITS ? { kind: "password_too_long" } : null;
}
