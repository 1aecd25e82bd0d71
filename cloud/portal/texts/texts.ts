/** The type of the texts of every screen. Every language has the same texts as English. */
import type { en } from "./en.ts";

export type Texts = typeof en;
