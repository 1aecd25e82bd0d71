/** How Active Directory takes a password: in quotes, UTF-16LE, as bytes from end to end ([MS-ADTS] 3.1.1.3.1.5). */
import { MAX_PASSWORD_UNITS } from "../../../shared/writeback.ts";

/** The caller wipes the buffer when it was sent. */
export function encodeUnicodePassword(password: string): Buffer {
  return Buffer.from(`"${password}"`, "utf16le");
}

export type PasswordShape = "fits" | "empty" | "too_long";

/** What needs no server to be refused. */
export function passwordShape(password: string): PasswordShape {
  if (password === "") return "empty";
  return password.length > MAX_PASSWORD_UNITS ? "too_long" : "fits";
}
