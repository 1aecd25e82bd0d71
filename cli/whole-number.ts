import { InvalidArgumentError } from "commander";

/** For an option that counts something; anything else is a mistake in the command. */
export function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError("It must be a whole number.");
  return Number(text);
}
