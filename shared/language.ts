/** The languages of every screen, mail, text and call. */
export const LANGUAGES = ["en", "nl", "de", "fr", "es"] as const;
export type Language = (typeof LANGUAGES)[number];
