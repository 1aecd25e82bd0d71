/** The words of every screen: what English has, every language has. */
import type { en } from "./en.ts";

export type Texts = typeof en;
