/** Masks numbers and addresses: their owner recognises them, and a person looking over the shoulder does not. */
import { showPhone } from "../../shared/phone.ts";

/** `+32470123456` → `+32 4•• ••• •56`: country, one digit, the last two. */
export function maskNumber(e164: string): string {
  const [country = "", national = ""] = showPhone(e164).split(" ");
  const shown = `${national.slice(0, 1)}${"•".repeat(Math.max(0, national.length - 3))}${national.slice(-2)}`;
  return `${country} ${shown.replace(/(.{3})(?=.{2})/g, "$1 ")}`;
}

/** `anna.meyer@example.com` → `a••••@example.com`; hides the length. */
export function maskAddress(address: string): string {
  const at = address.lastIndexOf("@");
  const [first = ""] = address.slice(0, at);
  return `${first}••••${address.slice(at)}`;
}
