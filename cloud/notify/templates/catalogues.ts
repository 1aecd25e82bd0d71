import type { Language } from "../../../shared/language.ts";
import type { Catalogue } from "./catalogue.ts";
import { de } from "./de.ts";
import { en } from "./en.ts";
import { es } from "./es.ts";
import { fr } from "./fr.ts";
import { nl } from "./nl.ts";

export const CATALOGUES: Readonly<Record<Language, Catalogue>> = { en, nl, de, fr, es };
