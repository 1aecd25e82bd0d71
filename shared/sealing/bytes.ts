export { packFields } from "./pack-fields.ts";

export const toBase64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64url");
export const fromBase64url = (text: string): Buffer => Buffer.from(text, "base64url");
