import type { Language } from "../../../shared/language.ts";
import { de } from "./de.ts";
import { en } from "./en.ts";
import { es } from "./es.ts";
import { fr } from "./fr.ts";
import { nl } from "./nl.ts";
import type { Texts } from "./texts.ts";

export const TEXTS: Readonly<Record<Language, Texts>> = { en, nl, de, fr, es };
