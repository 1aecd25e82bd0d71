/** What can be said of two typed passwords before an agent sees them; everything else is the agent's to say. */
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
