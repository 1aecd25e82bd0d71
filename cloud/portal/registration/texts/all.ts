import type { Language } from "../../../../shared/language.ts";
import { de } from "./de.ts";
import { en } from "./en.ts";
import { es } from "./es.ts";
import { fr } from "./fr.ts";
import { nl } from "./nl.ts";
import type { RegistrationTexts } from "./registration-texts.ts";

export const REGISTRATION_TEXTS: Readonly<Record<Language, RegistrationTexts>> = { en, nl, de, fr, es };
