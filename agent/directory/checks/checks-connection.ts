/** `doctor`'s checks that a server answers, that its certificate is valid, and that it accepts the agent's accounts. */
import { DAY_MS, MINUTE_MS } from "../../../shared/durations.ts";
import { isAppError } from "../../../shared/errors.ts";
import type { DirectoryContext } from "../directory-context.ts";
import type { Account, LdapSession } from "../ldap/ldap-session.ts";
import { bindKeyOf, bindOf, certificateOf } from "../ldap/own-sign-in.ts";
import { passwordEndOf } from "./account-ends.ts";
import { type CheckOutcome, type CheckStep, fail, pass, skip, warn } from "./check-step.ts";

const RENEW_WITHIN_DAYS = 14;
/** The agent's own certificate or password: there is time for a change that somebody else has to make. */
const WARN_WITHIN_DAYS = 30;
/** Largest clock difference. Above it, Kerberos and signed requests fail too. */
const MAX_SKEW_MS = 5 * MINUTE_MS;

export function connectionChecks(context: DirectoryContext): CheckStep[] {
  const { sessions, config, clock } = context;
  const signIn = (account: Account) => async (): Promise<CheckOutcome> => {
    const key = bindKeyOf(config, account);
    try {
      return await sessions.use(account, (session) => describeSignIn(context, account, session));
    } catch (error) {
      if (!isAppError(error, "DIRECTORY_BIND_FAILED")) throw error;
      return fail(
        `${error.code}: ${error.message}`,
        bindOf(config, account).kind === "password"
          ? `Check directory.${key}: DN, password, and that the account is neither locked nor expired.`
          : `Check directory.${key}: how the server maps the certificate, and that the account is not locked.`,
      );
    }
  };
  return [
    { name: "connection", needs: [], run: () => checkConnection(context) },
    { name: "sign-in", needs: ["connection"], run: signIn("read") },
    // The reading account has to confirm which directory a server belongs to before the writing account is used there.
    { name: "writeback sign-in", needs: ["connection", "sign-in"], run: signIn("write") },
    {
      name: "server",
      needs: ["sign-in"],
      async run() {
        const rootDse = await sessions.rootDse();
        const made = rootDse.isActiveDirectory ? "an Active Directory" : (rootDse.vendor ?? "an LDAP server");
        return pass(`${sessions.server ?? ""} is ${made}; used as ${context.dialectOf(rootDse)}`);
      },
    },
    { name: "directory identity", needs: ["sign-in"], run: () => checkIdentity(context) },
    {
      name: "directory clock",
      needs: ["sign-in"],
      async run() {
        const { currentTime } = await sessions.rootDse();
        if (currentTime === null) return skip("the server does not publish its time");
        const skewMs = Math.abs(currentTime - clock.now());
        const seconds = Math.round(skewMs / 1000);
        return skewMs <= MAX_SKEW_MS
          ? pass(`within ${seconds} s of the server's clock`)
          : fail(
              `differs from the server's clock by ${seconds} s`,
              "Synchronise the clocks of both hosts (NTP).",
            );
      },
    },
  ];
}

/** Says until when the account can sign in, where that is known. */
async function describeSignIn(
  context: DirectoryContext,
  account: Account,
  session: LdapSession,
): Promise<CheckOutcome> {
  const { config, sessions, clock } = context;
  const bind = bindOf(config, account);
  const now = clock.now();
  const certificate = certificateOf(bindKeyOf(config, account), bind, now);
  const end = certificate?.validUntil ?? (await passwordEndOf(context, account, session));
  const accepted = `${session.server} accepts ${sessions.nameOf(account)}`;
  const by = bind.kind === "password" ? "its password" : `its certificate ${bind.certificateFile}`;
  if (end === null) return pass(accepted);
  const days = Math.floor((end - now) / DAY_MS);
  const detail = `${accepted}; ${by} ends in ${days} days, on ${new Date(end).toISOString().slice(0, 10)}`;
  if (days >= WARN_WITHIN_DAYS) return pass(detail);
  return bind.kind === "password"
    ? warn(detail, "Change the password in the directory and in its file, or exempt the account from expiry.")
    : warn(detail, "Renew the certificate and replace its file. The agent reads it again by itself.");
}

async function checkConnection({ sessions, clock }: DirectoryContext): ReturnType<CheckStep["run"]> {
  try {
    return await sessions.use("read", ({ server, certificate }) => {
      const { subject, issuer, validUntil, protocol } = certificate;
      const days = Math.floor((validUntil - clock.now()) / DAY_MS);
      const detail = `${server}, ${protocol}, certificate of ${subject}, issued by ${issuer}, expires in ${days} days`;
      const soon = fail(detail, "Renew the directory server's certificate.");
      return Promise.resolve(days < RENEW_WITHIN_DAYS ? soon : pass(detail));
    });
  } catch (error) {
    // The server answered. The next check reports that it refused the account.
    if (isAppError(error, "DIRECTORY_BIND_FAILED")) return pass("the server answers over TLS");
    throw error;
  }
}

/** Any connection of the reading account has found the identity. */
function checkIdentity({ sessions, config }: DirectoryContext): Promise<CheckOutcome> {
  return sessions.use("read", ({ server }) => {
    const { identity } = sessions;
    if (identity === null) return Promise.resolve(skip(`${server} was not identified`));
    if (identity.hasId) return Promise.resolve(pass(`${identity.name}, by the id of ${identity.suffix}`));
    return Promise.resolve(
      warn(
        `${identity.suffix} shows no id to ${sessions.nameOf("read")}, so the directory is known as ${identity.key}: with another base, or once it shows one, the agent serves another directory for the cloud`,
        `Let ${sessions.nameOf("read")} read the entry ${identity.suffix} (entryUUID, or nsUniqueId) before the agent is approved; the first of directory.bases is ${config.bases[0]?.dn ?? ""}. Commands: latchkey-agent doctor --print-permissions`,
      ),
    );
  });
}
