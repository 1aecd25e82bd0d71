/**
 * Every failure the product can name, in one table. The code is the contract (HTTP body, frame, log, CLI, docs/errors.md,
 * which is generated from here); messages may be reworded. A retired code is never used again.
 *
 * http: status at the edge. retryable: may the same request succeed later unchanged. exit: what a command ends with
 * (1 unexpected, 2 usage or config, 3 temporary, 4 refused). fix: what the reader does about it.
 */
export interface ErrorInfo {
  readonly http: number;
  readonly retryable: boolean;
  readonly exit: 1 | 2 | 3 | 4;
  readonly meaning: string;
  readonly fix: string;
}

const usage = (http: number, meaning: string, fix: string): ErrorInfo => ({
  http,
  retryable: false,
  exit: 2,
  meaning,
  fix,
});
const temporary = (http: number, meaning: string, fix: string): ErrorInfo => ({
  http,
  retryable: true,
  exit: 3,
  meaning,
  fix,
});
const refused = (http: number, meaning: string, fix: string): ErrorInfo => ({
  http,
  retryable: false,
  exit: 4,
  meaning,
  fix,
});

// One line a code, however long: it is a table.
// prettier-ignore
export const ERRORS = {
  // Everywhere
  INTERNAL: { http: 500, retryable: false, exit: 1, meaning: "Something unexpected failed.", fix: "Search the log for the request id and report it." },
  USAGE: usage(400, "The command was called with arguments that do not fit.", "Read the command's --help."),
  CONFIG_INVALID: usage(500, "The configuration has keys that are wrong or missing.", "Correct every key that the message lists, then start again."),
  REQUEST_INVALID: usage(400, "The request has fields that are wrong or missing.", "Correct the fields that the message lists; the shapes are in /openapi.json."),
  NOT_FOUND: usage(404, "There is nothing at this address.", "Look the address up in /openapi.json."),
  REQUEST_TOO_LARGE: usage(413, "The request body is larger than this address takes.", "Send a smaller body; the limit is in the message."),
  RATE_LIMITED: temporary(429, "Too many requests in a short time.", "Wait for the time that Retry-After gives."),
  TIMEOUT: temporary(504, "The answer did not come in time.", "Try again; if it stays, look at the state of the agent and the directory."),

  // API keys and tenants
  API_KEY_MISSING: refused(401, "The request carries no API key.", "Send Authorization: Bearer with an API key, or set LATCHKEY_API_KEY_FILE."),
  API_KEY_INVALID: refused(401, "The API key is unknown, revoked or expired.", "Use a valid key; an owner can make one."),
  SCOPE_MISSING: refused(403, "The API key may not do this.", "Use a key with the scope that the message names."),
  TENANT_UNKNOWN: usage(404, "No tenant has this id.", "List the tenants with: latchkey tenant list"),
  TENANT_EXISTS: refused(409, "A tenant with this id exists already.", "Choose another id."),
  DOMAIN_TAKEN: refused(409, "Another tenant has this domain.", "A domain finds exactly one tenant: remove it there first."),

  // Users
  USER_UNKNOWN: usage(404, "No synced user has this name or id.", "Search with: latchkey user search TEXT, or force a sync if the user is new."),
  USER_AMBIGUOUS: refused(409, "More than one user has this name.", "Use the full user name or the id; the message lists the candidates."),

  // Policy and portals
  POLICY_INVALID: usage(422, "The policy does not fit its schema.", "Correct the lines that the message names: latchkey policy validate FILE"),
  POLICY_CHANGED: refused(409, "The policy was changed by somebody else in the meantime.", "Look at it with: latchkey policy diff FILE, then apply again."),
  SESSION_ENDED: refused(401, "The session is over, or it belongs to another browser.", "Start again."),
  FORM_REFUSED: refused(403, "The form did not come from this site's own page.", "Open the page again and send the form from there; scripts use the API."),
  CAPTCHA_INVALID: refused(403, "The check against robots was not solved, is used already, or has expired.", "Open the page again; it solves a new one."),
  TENANT_NOT_FOUND: usage(404, "No organisation here has the domain of this user name.", "Type the user name in full, e.g. name@example.com."),
  SELF_SERVICE_OFF: refused(403, "Self-service is turned off for this organisation.", "An administrator turns it on with a policy: latchkey policy apply FILE"),
  SIGN_IN_REFUSED: refused(401, "The user name or the password is not right, or the account cannot be used.", "Try again, or use a reset."),
  PROVIDER_MISSING: usage(500, "No provider is configured for this kind of message.", "Set notify.email, notify.text or notify.call; see docs/providers.md"),
  PROVIDER_FAILED: temporary(502, "The provider did not take the message.", "Look at its state: latchkey delivery list"),
  ASSETS_MISSING: usage(500, "The portal's scripts and styles are not there.", "Run: npm run build"),

  // The tenant's look
  LOGO_INVALID: usage(422, "The picture cannot be the logo.", "Use a PNG, JPEG, WebP or a plain SVG of at most 64 KiB."),

  // Enrolment and the life of an agent
  ENROLLMENT_TOKEN_INVALID: refused(401, "The enrolment token is unknown, used already, or belongs to another address.", "Make a new one with: latchkey enrollment create"),
  ENROLLMENT_TOKEN_EXPIRED: refused(401, "The enrolment token has expired.", "Make a new one with: latchkey enrollment create"),
  ENROLLMENT_PIN_MISMATCH: refused(403, "The cloud's keys are not those the token was made for.", "Check cloud.url; if it is right, somebody stands between agent and cloud."),
  AGENT_NOT_ENROLLED: usage(409, "This host has no agent identity yet.", "Run: latchkey-agent enroll --config FILE --token-file FILE"),
  AGENT_ALREADY_ENROLLED: refused(409, "This host has an agent identity already.", "Revoke it in the cloud and remove the state directory before enrolling again."),
  AGENT_UNKNOWN: usage(404, "No agent has this id.", "List the agents with: latchkey agent list"),
  AGENT_NOT_APPROVED: refused(409, "The agent is waiting for approval.", "Compare its fingerprint and run: latchkey agent approve ID --fingerprint F"),
  AGENT_FINGERPRINT_MISMATCH: refused(409, "The fingerprint given is not that of the agent.", "Compare with what the agent printed at enrolment; do not approve an agent you cannot match."),
  AGENT_REVOKED: refused(403, "The agent was revoked.", "Enrol it anew if it is to work again."),
  AGENT_LOCKED: refused(403, "The agent was locked because a copy of its identity connected.", "Find the copy (restored snapshot, cloned VM), revoke the agent and enrol it anew."),
  AGENT_PROOF_INVALID: refused(401, "The agent could not prove its identity.", "Check that the state directory is the one that was enrolled and that the clock is right."),
  AGENT_OFFLINE: temporary(503, "No approved agent of this tenant is connected.", "Look at the agent: latchkey-agent status and latchkey-agent doctor on its host."),
  AGENT_LIMIT: refused(409, "The tenant has as many agents as a password can be sealed to.", "Revoke one first; eight is the limit."),
  AGENT_NOT_RUNNING: temporary(503, "No agent is running on this host.", "Start it: systemctl start latchkey-agent"),
  AGENT_ALREADY_RUNNING: refused(409, "Another agent runs on this state directory.", "Stop it first, or give this one a stateDirectory and an enrolment of its own."),
  FOLDER_INACCESSIBLE: usage(500, "The user who owns the state directory cannot enter a folder that the agent needs.", "Move the program to a folder that every user can enter, such as /opt, or let that user enter: chmod o+x FOLDER"),
  STATE_UNREADABLE: usage(500, "The state directory is missing, damaged or readable by others.", "Follow the path in the message; files must be 0600 in a directory 0700 of the service's own user."),

  // The link
  CLOUD_UNREACHABLE: temporary(503, "The cloud cannot be reached.", "Check its address, DNS, proxy and firewall; outbound 443 is enough."),
  PROXY_REFUSED: temporary(502, "The HTTP proxy refused the connection.", "Check cloud.proxy and its access rules for CONNECT to the cloud's host and port."),
  CLOUD_CERTIFICATE_INVALID: refused(502, "The cloud's TLS certificate is not trusted.", "Set cloud.caFile (for latchkey: NODE_EXTRA_CA_CERTS) to the authority that issued it; verification cannot be turned off."),
  CLOUD_IDENTITY_INVALID: refused(403, "The cloud could not prove the identity pinned at enrolment.", "Check cloud.url; if it is right, somebody stands between agent and cloud."),
  PROTOCOL_INVALID_FRAME: refused(400, "A frame did not parse or came out of order.", "Update agent and cloud to versions that go together; otherwise report it."),
  PROTOCOL_VERSION: refused(426, "Agent and cloud speak no common protocol version.", "Update the older of the two."),
  LINK_CLOSED: temporary(503, "The link to the other side closed before the answer came.", "It reconnects by itself; try again."),

  // The store
  STORE_UNAVAILABLE: temporary(503, "Redis does not answer.", "Check redis.url, or the data directory and disk of the embedded server."),
  STORE_FULL: temporary(503, "Redis has no memory left for new work.", "Raise maxmemory or move people and queue to servers of their own."),
  REDIS_MISSING: usage(500, "redis-server 7 or newer was not found.", "Install it (apt-get install redis-server), or set redis.url to yours."),
  RECORD_CORRUPT: { http: 500, retryable: false, exit: 1, meaning: "A stored record does not parse or was altered.", fix: "Restore it from a backup; the log names the key." },
  AUDIT_BROKEN: refused(409, "The audit chain does not verify.", "The message names the first entry that was altered, removed or moved: treat it as an incident."),

  // Sync
  SYNC_RUN_UNKNOWN: usage(404, "No sync run has this id.", "List the runs with: latchkey sync list"),
  SYNC_NOT_HELD: refused(409, "This run is not waiting for approval.", "List the held runs with: latchkey sync held"),
  SYNC_LEASE_LOST: temporary(409, "Another agent took the sync over.", "Nothing: the other agent goes on from the same place."),
  SYNC_FAILED: temporary(502, "The sync run failed before its end; the cursor did not move.", "Read the reason in the run; the next run starts from the same place."),
  SYNC_GAP: temporary(409, "A batch is missing before this one.", "Nothing: the agent starts the run again from the stored place."),
  SYNC_EMPTY: refused(409, "The directory answered with no user at all, while the cloud knows some.", "Check bases, filter and the rights of the sync account; nothing was deleted."),
  SCOPE_BASE_MISSING: refused(422, "A base of directory.scope is not in the directory.", "Correct the DN, or restore the OU; nothing was deleted."),

  // The directory
  DIRECTORY_UNAVAILABLE: temporary(503, "No directory server answers.", "Check directory.servers, the network, and the servers themselves."),
  DIRECTORY_BUSY: temporary(503, "The directory server is busy.", "It is tried again by itself."),
  DIRECTORY_TIMEOUT: temporary(504, "The directory did not answer in time.", "Check its load; raise directory.operationTimeoutMs if it is always slow."),
  DIRECTORY_CERTIFICATE_INVALID: refused(502, "The directory's TLS certificate is not trusted or has another name.", "Set directory.caFile to the authority that issued it, and use the name in the certificate; verification cannot be turned off."),
  DIRECTORY_TLS_REQUIRED: usage(500, "The directory is configured without encryption.", "Use ldaps:// or set directory.startTls: true for ldap://"),
  DIRECTORY_BIND_FAILED: refused(502, "The directory refused the agent's own sign-in.", "Check directory.bind: DN, password, and that the account is neither locked nor expired."),
  DIRECTORY_ACCESS_DENIED: refused(403, "The agent's account lacks a right in the directory.", "Run: latchkey-agent doctor --user NAME, it prints the command that grants the right."),
  DIRECTORY_PROTOCOL: refused(502, "The directory's answer could not be understood.", "Report it with the agent's log; check that directory.servers are LDAP servers."),
  DIRECTORY_UNSUPPORTED: refused(501, "The directory does not offer what this needs.", "Run: latchkey-agent doctor, it lists what the server offers and what is used instead."),
  DIRECTORY_REFERRAL: refused(502, "The directory sent the agent to another server.", "Point directory.servers at a writable server that holds the base."),
  DIRECTORY_ERROR: refused(502, "The directory answered with an error.", "The message holds the server's own code and text."),

  // Writeback: what stops a job before the directory
  IDEMPOTENCY_CONFLICT: refused(409, "This idempotency key was used for another request.", "Use a new key for a new request."),
  WRITEBACK_UNKNOWN: usage(404, "No writeback has this id.", "Records are kept for a limited time; look in the audit."),
  WRITEBACK_DRAFT_INVALID: refused(409, "The draft was altered or has expired.", "Ask for a new draft and seal again."),
  WRITEBACK_DISABLED: refused(403, "Writeback is turned off on the agent.", "Set writeback.enabled: true in the agent's configuration."),
  QUEUE_FULL: temporary(503, "Too many writebacks of this tenant are waiting.", "Wait; look why the agent does not take them."),
  JOB_EXPIRED: temporary(504, "No agent took the writeback in time; nothing was changed.", "Try again; look at the agent if it stays."),
  JOB_CANCELLED: refused(409, "The writeback was cancelled before it was granted; nothing was changed.", "Start a new one if it is still wanted."),
  JOB_SUPERSEDED: refused(409, "A newer writeback for the same user replaced this one; nothing was changed.", "Look at the newer one."),
  JOB_GRANTED: refused(409, "The writeback is being applied and can no longer be cancelled.", "Wait for its verdict."),
  JOB_SIGNATURE_INVALID: refused(403, "The job is not signed by the issuer pinned at enrolment.", "Treat it as an incident: somebody can write to the queue."),
  SEAL_INVALID: refused(403, "The sealed password does not open, or was sealed for another job.", "Treat it as an incident unless the agent was enrolled or rotated a moment ago; then try again."),
  NOT_SEALED_TO_AGENT: temporary(409, "The password was not sealed to this agent.", "Another agent takes the job, or start a new one."),
  JOURNAL_UNAVAILABLE: temporary(503, "The agent cannot write its journal.", "Free disk space in the state directory; results are still served."),

  // Writeback: the agent refuses
  ACCOUNT_PROTECTED: refused(403, "The account is protected against self-service.", "Privileged accounts are reset by an administrator in the directory."),
  ACCOUNT_DISABLED: refused(403, "The account is disabled in the directory.", "An administrator enables it there first."),
  ACCOUNT_EXPIRED: refused(403, "The account has expired in the directory.", "An administrator extends it there first."),
  ACCOUNT_OUT_OF_SCOPE: refused(403, "The account is outside directory.scope.", "Add its base or group to the scope, or reset it in the directory."),
  ACCOUNT_DENIED: refused(403, "The account is on the agent's deny-list.", "Remove it from writeback.deny if that is right."),
  BRAKE_ENGAGED: refused(429, "The agent's brake stopped writebacks: too many in a short time.", "If the load is right, release it on the agent's host: latchkey-agent brake release"),
  PASSWORD_BANNED: refused(422, "The password is too easy to guess: a common one, or hardly more than a name or a banned word.", "Choose another one."),
  PASSWORD_BREACHED: refused(422, "The password was stolen from other sites and is on the lists that attackers use.", "Choose another one, and change it wherever else it is used."),

  // Writeback: the directory's verdict
  PASSWORD_TOO_SHORT: refused(422, "The password is shorter than the directory allows.", "Choose a longer one; the minimum is in the answer."),
  PASSWORD_TOO_LONG: refused(422, "The password is longer than can be set.", "Choose a shorter one."),
  PASSWORD_EMPTY: refused(422, "The password is empty.", "Choose a password."),
  PASSWORD_COMPLEXITY: refused(422, "The password does not mix enough kinds of characters or contains the user's name.", "Use three of: capitals, small letters, digits, symbols, other letters; leave the name out."),
  PASSWORD_IN_HISTORY: refused(422, "The password was used before.", "Choose one that was not used lately."),
  PASSWORD_TOO_YOUNG: refused(422, "The password was changed too short a time ago.", "Wait until the time in the answer."),
  PASSWORD_POLICY: refused(422, "The directory's password policy refused the password without saying which rule.", "Choose a longer one with more kinds of characters that was not used before."),
  PASSWORD_CHANGE_FORBIDDEN: refused(403, "The directory does not let this password be changed.", "Look at the account's or the policy's settings in the directory."),
  OLD_PASSWORD_WRONG: refused(422, "The old password is not right.", "Type the present password, or use a reset."),
  DIRECTORY_USER_NOT_FOUND: refused(404, "The user is no longer in the directory.", "Force a sync; the user may have been deleted."),
  VERDICT_UNKNOWN: temporary(504, "The directory did not confirm; the change may or may not have been made.", "Try the new password, or try again; the verdict is corrected as soon as it is known."),
  NOT_APPLIED: temporary(503, "Nothing was changed in the directory.", "Try again."),
} as const satisfies Record<string, ErrorInfo>;

export type ErrorCode = keyof typeof ERRORS;
export const ERROR_CODES = Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]];

/** Thrown for everything that stops the work. Expected outcomes (a refused password) are values, not errors. */
export class AppError extends Error {
  readonly code: ErrorCode;
  /** Bounded, for the reader and the log; never a secret. */
  readonly details: Readonly<Record<string, unknown>>;

  /** `message` defaults to the table's meaning; say more where the caller can know more. */
  constructor(
    code: ErrorCode,
    message?: string,
    options: { cause?: unknown; details?: Readonly<Record<string, unknown>> } = {},
  ) {
    super(
      message ?? ERRORS[code].meaning,
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.name = "AppError";
    this.code = code;
    this.details = options.details ?? {};
  }

  get info(): ErrorInfo {
    return ERRORS[this.code];
  }
  get retryable(): boolean {
    return this.info.retryable;
  }
}

export function isAppError(error: unknown, code?: ErrorCode): error is AppError {
  return error instanceof AppError && (code === undefined || error.code === code);
}

/** Wrapping keeps the inner code; what is not ours becomes INTERNAL. */
export function toAppError(error: unknown): AppError {
  return error instanceof AppError ? error : new AppError("INTERNAL", undefined, { cause: error });
}
