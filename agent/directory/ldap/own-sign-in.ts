/** Signs the agent's own accounts in: by DN and password, or by client certificate (SASL EXTERNAL, RFC 4513 section 5.2.3). */
import { type ClientCertificate, readClientCertificate } from "../../../shared/client-certificate.ts";
import { AppError, isAppError } from "../../../shared/errors.ts";
import type { Secret } from "../../../shared/secret.ts";
import type { BindConfig, DirectoryConfig } from "../../config.ts";
import { parsePasswordPolicy, passwordPolicy } from "./controls.ts";
import type { LdapConnection } from "./ldap-connection.ts";
import { resultError, signInError } from "./ldap-errors.ts";
import { LDAP_CODE, type LdapResult } from "./ldap-result.ts";
import type { Account } from "./ldap-session.ts";
import { LDAP_OID } from "./oids.ts";

export type BindKey = "bind" | "writebackBind";
type Binds = Pick<DirectoryConfig, BindKey>;

/** Returns the configuration key of the account: without an account of its own, writeback signs in as the reading account. */
export const bindKeyOf = (config: Binds, account: Account): BindKey =>
  account === "write" && config.writebackBind !== undefined ? "writebackBind" : "bind";

export const bindOf = (config: Binds, account: Account): BindConfig =>
  config[bindKeyOf(config, account)] ?? config.bind;

/** Names an account before a server has said which one it is. */
export const describeBind = (bind: BindConfig): string =>
  bind.kind === "password" ? bind.dn : `the account of the certificate ${bind.certificateFile}`;

/**
 * Reads the files again, because a certificate is renewed while the agent runs. Throws DIRECTORY_CLIENT_CERTIFICATE, also for one
 * that is not valid now. Null for an account with a password.
 */
export function certificateOf(key: BindKey, bind: BindConfig, now: number): ClientCertificate | null {
  if (bind.kind === "password") return null;
  const read = readClientCertificate(bind);
  if ("problem" in read) throw unusable(key, read.key, bind[read.key], read.problem);
  const at = (time: number): string => new Date(time).toISOString();
  if (now >= read.validUntil)
    throw unusable(
      key,
      "certificateFile",
      bind.certificateFile,
      `expired at ${at(read.validUntil)}: renew it`,
    );
  if (now < read.validFrom)
    throw unusable(
      key,
      "certificateFile",
      bind.certificateFile,
      `is not valid before ${at(read.validFrom)}: check this host's clock`,
    );
  return read;
}

const unusable = (key: BindKey, file: string, path: string, problem: string): AppError =>
  new AppError("DIRECTORY_CLIENT_CERTIFICATE", `directory.${key}.${file}: ${path} ${problem}.`, {
    details: { key: `directory.${key}.${file}` },
  });

/** Signs in, and returns which account that is for the server. Throws DIRECTORY_*. */
export async function signIn(connection: LdapConnection, bind: BindConfig): Promise<string> {
  const result =
    bind.kind === "password"
      ? await connection.bind(bind.dn, bind.password, [passwordPolicy])
      : await bindExternal(connection, bind.certificateFile);
  const isTemporary = result.code === LDAP_CODE.busy || result.code === LDAP_CODE.unavailable;
  if (isTemporary) throw resultError(result, connection.server);
  const policyError = parsePasswordPolicy(result.controls)?.error ?? null;
  if (result.code !== 0 || policyError === "changeAfterReset")
    throw bind.kind === "password"
      ? signInError(result, connection.server, bind.dn, policyError)
      : signInError(withAdvice(result), connection.server, describeBind(bind), policyError);
  if (bind.kind === "password") return bind.dn;
  const identity = await askIdentity(connection);
  if (identity === "")
    throw new AppError(
      "DIRECTORY_BIND_FAILED",
      `${connection.server} accepted the certificate ${bind.certificateFile} and signed nobody in: it maps the certificate to no account.`,
      { details: { server: connection.server } },
    );
  const name = identity ?? describeBind(bind);
  connection.signedInAs(name);
  return name;
}

/**
 * With TLS 1.3 the client's certificate is judged after the handshake, and slapd then closes the connection without an alert: it looks
 * like a fault of the network.
 */
async function bindExternal(connection: LdapConnection, file: string): Promise<LdapResult> {
  try {
    return await connection.bindExternal([passwordPolicy]);
  } catch (error) {
    throw closedWithAdvice(
      error,
      `It may not trust the authority that issued ${file} (OpenLDAP: olcTLSCACertificateFile; 389-ds: the NSS database)`,
    );
  }
}

/** Signs a user in on a connection without a certificate. */
export async function bindUser(
  connection: LdapConnection,
  binds: Binds,
  dn: string,
  password: Secret,
): Promise<LdapResult> {
  try {
    return await connection.bind(dn, password, [passwordPolicy]);
  } catch (error) {
    if ([binds.bind, binds.writebackBind].every((bind) => bind?.kind !== "certificate")) throw error;
    throw closedWithAdvice(
      error,
      "It may demand a client certificate of every connection, and users have none (OpenLDAP: olcTLSVerifyClient; use try)",
    );
  }
}

/** Adds what a closed connection may mean right after the handshake; returns every other error as it is. */
function closedWithAdvice(error: unknown, advice: string): unknown {
  if (!isAppError(error, "DIRECTORY_UNAVAILABLE")) return error;
  const { cause, details, message } = error;
  return new AppError("DIRECTORY_UNAVAILABLE", `${message} ${advice}.`, { cause, details });
}

/** Asks "Who am I?" (RFC 4532). "" for an anonymous connection; null where the server does not say. */
async function askIdentity(connection: LdapConnection): Promise<string | null> {
  const answer = await connection.extended(LDAP_OID.whoAmI, null);
  if (answer.code !== LDAP_CODE.success) return null;
  return (answer.value?.toString("utf8") ?? "").replace(/^(?:dn|u):\s*/i, ""); // 389-ds writes "dn: cn=…";
}

const EXTERNAL_REFUSALS: Readonly<Record<number, string>> = {
  [LDAP_CODE.operationsError]: "the server does not offer SASL EXTERNAL (Samba does not)",
  [LDAP_CODE.authMethodNotSupported]:
    "the server does not offer SASL EXTERNAL, or did not ask for a client certificate (OpenLDAP: olcTLSVerifyClient; 389-ds: nsSSLClientAuth)",
  [LDAP_CODE.inappropriateAuthentication]:
    "the server did not ask for a client certificate (OpenLDAP: olcTLSVerifyClient; 389-ds: nsSSLClientAuth)",
  [LDAP_CODE.invalidCredentials]:
    "the server maps this certificate to no account (OpenLDAP: olcAuthzRegexp; 389-ds: certmap.conf)",
};

function withAdvice<R extends { readonly code: number; readonly message: string }>(result: R): R {
  const advice = EXTERNAL_REFUSALS[result.code];
  if (advice === undefined) return result;
  return { ...result, message: result.message === "" ? advice : `${advice}: ${result.message}` };
}
