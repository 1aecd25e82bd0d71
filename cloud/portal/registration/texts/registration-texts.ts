/** The type of the texts of the registration portal. Every language has the same texts as English. */
import type { en } from "./en.ts";

export type RegistrationTexts = typeof en;
