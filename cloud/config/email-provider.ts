/** Settings of a mail server. */
import { createPrivateKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { z } from "zod";
import { authorityFile, existingFile, integer, secret } from "../../shared/config/fields.ts";
import { providerName, secureUrl, timeout } from "./provider-fields.ts";

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/;

const domainName = () =>
  z
    .string()
    .max(253)
    .regex(
      /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$/i,
      "must be a domain such as example.com",
    );

/** A PEM file with an RSA key. nodemailer signs with RSA alone, and sends a mail unsigned when the key is of another kind. */
const signingKeyFile = () =>
  existingFile().superRefine((path, context) => {
    const complain = (message: string): void =>
      context.addIssue({ code: "custom", message: `${path} ${message}` });
    const pem = readOrNull(path);
    if (pem === null) return; // existingFile has said why
    try {
      const { asymmetricKeyType, asymmetricKeyDetails } = createPrivateKey(pem);
      // RFC 8301 3.2: verifiers do not accept shorter keys.
      if (asymmetricKeyType !== "rsa")
        complain("has no RSA key; make one with: openssl genrsa -out FILE 2048");
      else if ((asymmetricKeyDetails?.modulusLength ?? 0) < 1024)
        complain("has an RSA key of less than 1024 bits; make one with: openssl genrsa -out FILE 2048");
    } catch {
      complain("has no private key in PEM that can be read without a password");
    }
  });

function readOrNull(path: string): Buffer | null {
  try {
    return readFileSync(path);
  } catch {
    return null;
  }
}

const oauth = z
  .strictObject({
    tokenUrl: secureUrl().meta({
      description: "Address that access tokens are fetched from",
      example: "https://login.microsoftonline.com/TENANT-ID/oauth2/v2.0/token",
    }),
    clientId: z.string().min(1).max(256).meta({
      description: "Client id of the app registration",
      example: "00000000-0000-0000-0000-000000000000",
    }),
    clientSecret: secret(
      "File that holds the client secret; needed unless a refresh token is used without one",
    )
      .optional()
      .meta({ example: "/etc/latchkey/oauth-client-secret" }),
    refreshToken: secret(
      "File that holds a refresh token; with it the grant refresh_token is used, without it client_credentials",
    )
      .optional()
      .meta({ example: "/etc/latchkey/oauth-refresh-token" }),
    scope: z
      .string()
      .min(1)
      .max(1024)
      .optional()
      .meta({ description: "Scope to ask for", example: "https://outlook.office365.com/.default" }),
  })
  .superRefine(({ clientSecret, refreshToken }, context) => {
    if (clientSecret === undefined && refreshToken === undefined)
      context.addIssue({ code: "custom", path: ["clientSecretFile"], message: "is missing" });
  });
export type OAuthConfig = z.infer<typeof oauth>;

const dkim = z.strictObject({
  domain: domainName().meta({ description: "Domain that signs, d=", example: "example.com" }),
  selector: z
    .string()
    .regex(/^[a-z0-9](?:[a-z0-9.-]{0,61}[a-z0-9])?$/i, "must be the name before ._domainkey")
    .meta({ description: "Name of the key in DNS, s=", example: "latchkey" }),
  keyFile: signingKeyFile().meta({
    description: "PEM file with the RSA private key; mode 0600",
    example: "/etc/latchkey/dkim.key",
  }),
});

const isWithin = (domain: string, parent: string): boolean =>
  `.${domain.toLowerCase()}`.endsWith(`.${parent.toLowerCase()}`);

export const emailProvider = z
  .strictObject({
    name: providerName(),
    host: z.string().min(1).max(253).meta({ description: "SMTP server", example: "smtp.example.com" }),
    port: integer(1, 65_535).default(465).describe("Port; 465 for implicit, usually 587 for starttls"),
    tls: z
      .enum(["implicit", "starttls", "none"])
      .default("implicit")
      .describe("How the connection is encrypted; none is allowed only for a server on this host"),
    caFile: authorityFile().optional().meta({
      description: "PEM or DER file with the authority that issued the server's certificate",
      example: "/etc/latchkey/smtp-ca.pem",
    }),
    username: z
      .string()
      .min(1)
      .max(256)
      .optional()
      .meta({ description: "Account at the SMTP server", example: "latchkey" }),
    password: secret("File that holds the password of the account")
      .optional()
      .meta({ example: "/etc/latchkey/smtp-password" }),
    oauth: oauth
      .optional()
      .describe("OAuth 2 (SASL XOAUTH2) instead of a password, for Exchange Online and Gmail"),
    dkim: dkim.optional().describe("DKIM signature; leave it out where the mail server signs"),
    fromName: z.string().min(1).max(100).default("Account recovery").describe("Sender name of emails"),
    fromAddress: z
      .email()
      .max(254)
      .meta({ description: "Sender address of emails", example: "no-reply@example.com" }),
    timeoutMs: timeout(),
  })
  .superRefine((provider, context) => {
    if (provider.tls === "none" && !LOOPBACK.test(provider.host))
      context.addIssue({
        code: "custom",
        path: ["tls"],
        message: "none is allowed only for a loopback host",
      });
    const { username, password, oauth, dkim, fromAddress } = provider;
    const complain = (path: string[], message: string): void =>
      context.addIssue({ code: "custom", path, message });
    if (oauth !== undefined) {
      if (username === undefined) complain(["username"], "is missing: oauth needs the mailbox that signs in");
      if (password !== undefined) complain(["passwordFile"], "oauth and passwordFile exclude each other");
    } else if ((username === undefined) !== (password === undefined))
      complain(["passwordFile"], "username and passwordFile need each other");
    // DMARC (RFC 7489 3.1.1) counts a signature only for the sender's domain or one above it.
    if (dkim !== undefined && !isWithin(fromAddress.slice(fromAddress.lastIndexOf("@") + 1), dkim.domain))
      complain(["dkim", "domain"], "must be the domain of fromAddress, or one above it");
  });
export type EmailProviderConfig = z.infer<typeof emailProvider>;
