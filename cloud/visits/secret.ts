/** The secret in the cookie of a visit. The record holds its digest alone. */
import { createHash, randomBytes } from "node:crypto";
import { Secret } from "../../shared/secret.ts";

export const newSecret = (): Secret => new Secret(randomBytes(32).toString("base64url"));
export const secretDigestOf = (secret: Secret): string =>
  createHash("sha256").update(secret.reveal()).digest("base64url");
