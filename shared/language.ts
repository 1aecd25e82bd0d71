/** Languages of all screens, emails, text messages and calls. */
export const LANGUAGES = ["en", "nl", "de", "fr", "es"] as const;
export type Language = (typeof LANGUAGES)[number];
