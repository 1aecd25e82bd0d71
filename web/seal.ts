/**
 * Seals passwords to every recipient of a draft with WebCrypto, in the same format as shared/sealing does on the
 * server.
 */
import {
  type BoundJobOrder,
  type BoundSignInOrder,
  type Recipient,
  sealAdditionalData,
  signInAdditionalData,
} from "../shared/sealing/additional-data.ts";
import { createSuite, PASSWORD_INFO, sealBytes, SIGN_IN_INFO } from "../shared/sealing/hpke-suite.ts";
import { encodePasswords } from "../shared/sealing/password-plaintext.ts";

export interface Draft {
  readonly order: BoundJobOrder | BoundSignInOrder;
  readonly recipients: readonly (Recipient & { readonly publicKey: string })[];
  readonly token: string;
}

export interface Sealed extends Recipient {
  readonly enc: string;
  readonly ciphertext: string;
}

export function isDraft(value: unknown): value is Draft {
  const { order, recipients, token } = Object(value) as Partial<Record<keyof Draft, unknown>>;
  return (
    typeof order === "object" && order !== null && Array.isArray(recipients) && typeof token === "string"
  );
}

/** Browsers added X25519 to WebCrypto between 2023 and 2025. */
export async function canSealX25519(): Promise<boolean> {
  return crypto.subtle.generateKey({ name: "X25519" }, false, ["deriveBits"]).then(
    () => true,
    () => false,
  );
}

/** `second`: the old password of a change, otherwise an empty string. */
export async function sealForEach(
  { order, recipients }: Draft,
  [first, second]: readonly [string, string],
): Promise<Sealed[]> {
  const plaintext = encodePasswords(first, second);
  const info = new TextEncoder().encode("checkId" in order ? SIGN_IN_INFO : PASSWORD_INFO);
  try {
    return await Promise.all(
      recipients.map(async ({ agentId, keyId, suite, publicKey }) => {
        const recipient: Recipient = { agentId, keyId, suite };
        const additionalData =
          "checkId" in order ? signInAdditionalData(order, recipient) : sealAdditionalData(order, recipient);
        const { enc, ciphertext } = await sealBytes(
          createSuite(suite),
          fromBase64url(publicKey),
          info,
          additionalData,
          plaintext,
        );
        return { ...recipient, enc: toBase64url(enc), ciphertext: toBase64url(ciphertext) };
      }),
    );
  } finally {
    plaintext.fill(0);
  }
}

const toBase64url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

const fromBase64url = (text: string): Uint8Array =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (character) =>
    character.charCodeAt(0),
  );
