/** The words of the registration portal: what English has, every language has. */
import type { en } from "./en.ts";

export type RegistrationTexts = typeof en;
