/**
 * Every failure the product can name, in one table. The code is the contract: HTTP bodies, frames, logs, commands and
 * docs/errors.md (generated from this table) all carry it. Texts may be reworded; a retired code is never used again.
 */
export interface ErrorInfo {
  /** Status of the HTTP answer. */
  readonly http: number;
  /** True when the same request may succeed later, unchanged. */
  readonly retryable: boolean;
  /** Exit code of a command: 1 unexpected, 2 usage or configuration, 3 temporary, 4 refused. */
  readonly exit: 1 | 2 | 3 | 4;
  /** Says what failed and why. The message of an error that says nothing more specific. */
  readonly meaning: string;
  /** Says what the reader does about it, as a command where there is one. */
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

// One line for each code, however long, so that it reads as a table.
// prettier-ignore
export const ERRORS = {
  // Everywhere
  INTERNAL: { http: 500, retryable: false, exit: 1, meaning: "An unexpected error occurred.", fix: "Search the log for the request id, and report that log entry." },
  USAGE: usage(400, "The command has an argument that is missing or wrong.", "Run the command again with --help."),
  CONFIG_INVALID: usage(500, "The configuration has keys that are wrong or missing.", "Correct every key that the message lists, then start again. docs/configuration.md describes each key."),
  REQUEST_INVALID: usage(400, "The request has fields that are wrong or missing.", "Correct the fields that the message lists. /openapi.json describes each field."),
  NOT_FOUND: usage(404, "There is nothing at this address.", "Look the address up in /openapi.json."),
  REQUEST_TOO_LARGE: usage(413, "The request body is too large for this address.", "Send a body within the limit that the message gives."),
  RATE_LIMITED: temporary(429, "There were too many requests in a short time.", "Wait for the number of seconds in the Retry-After header, then try again."),
  TIMEOUT: temporary(504, "The answer did not arrive in time.", "Try again. If it happens again, run on the agent's host: latchkey-agent doctor"),

  // API keys and tenants
  API_KEY_FILE_INVALID: usage(400, "The latchkey command cannot use the file with its API key.", "The file must contain the key alone, on one line: lkk_ and what follows, as latchkey-cloud init or latchkey key create showed it, without quotation marks or a name before it. Write it again, and set LATCHKEY_API_KEY_FILE to the name of the file."),
  API_KEY_MISSING: refused(401, "The request has no API key.", "Send the header Authorization: Bearer KEY. For the latchkey command, set LATCHKEY_API_KEY_FILE to a file with the key."),
  API_KEY_INVALID: refused(401, "The API key is unknown, revoked or expired.", "Use a valid key. An owner creates one with: latchkey key create --name NAME --scope SCOPE"),
  SCOPE_MISSING: refused(403, "The API key does not have the scope that this request needs.", "Use a key with the scope that the message names. An owner creates one with: latchkey key create --name NAME --scope SCOPE"),
  TENANT_UNKNOWN: usage(404, "No tenant has this id.", "List the tenants with: latchkey tenant list"),
  TENANT_EXISTS: refused(409, "A tenant with this id already exists.", "Choose another id. List those in use with: latchkey tenant list"),
  DOMAIN_UNPROVEN: refused(403, "A tenant's own key may claim a domain only when the domain's DNS names the tenant.", "Create the TXT record that the message shows, or change the domains with a key of the installation."),
  DOMAIN_TAKEN: refused(409, "Another tenant already has this domain.", "A domain belongs to exactly one tenant. Remove it there first: latchkey tenant change ID --domain REMAINING-DOMAINS"),

  // Users
  USER_UNKNOWN: usage(404, "No synced user has this name or id.", "Search with: latchkey user search TEXT. For a new user, sync first: latchkey sync start --user NAME --wait"),
  USER_AMBIGUOUS: refused(409, "More than one user has this name.", "Use the full user name or the id. The message lists the users that match."),

  // Policy and portals
  POLICY_INVALID: usage(422, "The policy has lines that are wrong.", "Correct the lines that the message lists, then check again: latchkey policy validate FILE"),
  POLICY_CHANGED: refused(409, "The policy has changed since the version you expect.", "Compare your file with the policy in force, then apply again: latchkey policy diff FILE"),
  SESSION_ENDED: refused(401, "The session has expired, or it belongs to another browser.", "Start again."),
  FORM_REFUSED: refused(403, "The form was not sent from a page of this site.", "Open the page again and send the form from there. Scripts use the API instead of the forms."),
  CAPTCHA_INVALID: refused(403, "The robot check was not solved, was used before, or has expired.", "Open the page again. It starts a new check."),
  LIMIT_UNKNOWN: usage(404, "There is no limit of this name.", "See the names with: latchkey limits list"),
  LIMIT_NOT_LIFTABLE: usage(409, "This limit is not lifted here.", "A limit of one user is lifted with: latchkey user unblock NAME. The others end by themselves."),
  TENANT_NOT_FOUND: usage(404, "No organisation here uses the domain of this user name.", "Enter the full user name, for example name@example.com."),
  SELF_SERVICE_OFF: refused(403, "Self-service is turned off for this organisation.", "An administrator turns it on with a policy: latchkey policy apply FILE"),
  SIGN_IN_REFUSED: refused(401, "The user name or the password is incorrect, or the account cannot sign in.", "Try again, or reset the password."),
  PROVIDER_MISSING: usage(500, "No provider is configured for this kind of message.", "Set notify.email, notify.text or notify.call in the cloud's configuration, as docs/providers.md shows."),
  PROVIDER_FAILED: temporary(502, "The provider did not accept the message.", "See the provider's answer with: latchkey delivery list"),
  ASSETS_MISSING: usage(500, "The portal's scripts and styles have not been built.", "Run: npm run build"),

  // The portal's branding
  LOGO_INVALID: usage(422, "The picture cannot be used as a logo.", "Use a PNG, JPEG, WebP or plain SVG file of at most 64 KiB."),

  // Enrolment and the life of an agent
  ENROLLMENT_TOKEN_INVALID: refused(401, "The enrolment token is unknown, was used before, or may not be used from this address.", "Create a new one with: latchkey enrollment create --name NAME"),
  ENROLLMENT_TOKEN_EXPIRED: refused(401, "The enrolment token has expired.", "Create a new one with: latchkey enrollment create --name NAME"),
  ENROLLMENT_PIN_MISMATCH: refused(403, "The cloud's keys are not the keys that the enrolment token names.", "Check cloud.url. If it is correct, another server is answering in the cloud's place: treat it as an incident."),
  AGENT_NOT_ENROLLED: usage(409, "This host has no agent identity yet.", "Run: latchkey-agent enroll --config FILE --token-file FILE"),
  AGENT_ALREADY_ENROLLED: refused(409, "This host already has an agent identity.", "To enrol again, revoke the agent (latchkey agent revoke ID), then remove its stateDirectory."),
  AGENT_UNKNOWN: usage(404, "No agent has this id.", "List the agents with: latchkey agent list"),
  AGENT_NOT_APPROVED: refused(409, "The agent is waiting for approval.", "Compare its fingerprint with the one it printed at enrolment, then run: latchkey agent approve ID --fingerprint FINGERPRINT"),
  AGENT_FINGERPRINT_MISMATCH: refused(409, "The fingerprint given is not the agent's fingerprint.", "Compare it with what the agent printed at enrolment. Do not approve an agent whose fingerprint differs; revoke it: latchkey agent revoke ID"),
  AGENT_REVOKED: refused(403, "The agent was revoked.", "To use this host again, remove the agent's stateDirectory and enrol it with a new token: latchkey enrollment create --name NAME"),
  AGENT_LOCKED: refused(403, "The agent was locked because a copy of its identity connected.", "Find the copy (a restored snapshot or a cloned VM), revoke the agent (latchkey agent revoke ID) and enrol it again."),
  AGENT_AHEAD: refused(403, "The agent has connected more often than the cloud knows: the cloud's Redis was restored from a backup, or a copy of the agent's identity guesses.", "Only if Redis was restored: read the agent's generation on its host with latchkey-agent status, then run latchkey agent approve ID --fingerprint FINGERPRINT --generation NUMBER. Otherwise revoke the agent (latchkey agent revoke ID) and enrol it again."),
  AGENT_PROOF_INVALID: refused(401, "The agent could not prove its identity.", "Check that stateDirectory is the one that was enrolled and that the host's clock is correct: latchkey-agent doctor"),
  AGENT_OTHER_ADDRESS: refused(401, "The agent connects to another host name than the cloud's publicUrl has.", "Give cloud.url in agent.yaml the host name of publicUrl and restart the agent, or correct publicUrl in cloud.yaml and restart every node."),
  AGENT_OFFLINE: temporary(503, "No approved agent of this tenant is connected.", "Run on the agent's host: latchkey-agent status, then latchkey-agent doctor"),
  AGENT_LIMIT: refused(409, "The source already has eight agents, the most that a password can be sealed to.", "Revoke one first: latchkey agent revoke ID"),
  AGENT_OTHER_DIRECTORY: refused(409, "The agent serves another directory than its source.", "Compare directory.servers on the agent's host with: latchkey source list. If it shall serve another directory of this tenant: latchkey agent approve ID --fingerprint FINGERPRINT --new-source"),
  AGENT_DIRECTORY_UNKNOWN: refused(409, "The agent has not stated yet which directory it serves, because it has not reached it.", "Start the agent, and check that it reaches its directory: latchkey-agent doctor"),
  AGENT_NOT_RUNNING: temporary(503, "No agent is running on this host.", "Start it with: systemctl start latchkey-agent"),
  AGENT_ALREADY_RUNNING: refused(409, "Another agent is already running with this state directory.", "Stop it first (systemctl stop latchkey-agent), or give this agent a stateDirectory and an enrolment of its own."),
  FOLDER_INACCESSIBLE: usage(500, "The user who owns the state directory cannot enter a folder that the agent needs.", "Move the program to a folder that every user can enter, such as /opt, or let that user enter the folder: chmod o+x FOLDER"),
  STATE_UNREADABLE: usage(500, "The agent's state directory is missing, damaged or readable by other users.", "Check the path in the message. The directory needs mode 0700, its files 0600, and both belong to the service's own user."),

  // The link
  UPGRADE_MISSING: temporary(400, "The request to open the agent's connection asks for no WebSocket.", "Let the proxy in front of the cloud pass the headers Upgrade and Connection on, as docs/reverse-proxy.md shows."),
  CLOUD_UNREACHABLE: temporary(503, "The cloud cannot be reached.", "Check its address, DNS, the proxy and the firewall. Outbound port 443 is enough."),
  PROXY_REFUSED: temporary(502, "The HTTP proxy refused the connection.", "Check cloud.proxy, and that the proxy allows CONNECT to the cloud's host and port."),
  CLOUD_CERTIFICATE_INVALID: refused(502, "The cloud's TLS certificate is not trusted.", "Set cloud.caFile (for the latchkey command: NODE_EXTRA_CA_CERTS) to the authority that issued it. Verification cannot be turned off."),
  CLOUD_IDENTITY_INVALID: refused(403, "The cloud could not prove the identity that was pinned at enrolment.", "Check cloud.url. If it is correct, another server is answering in the cloud's place: treat it as an incident."),
  PROTOCOL_INVALID_FRAME: refused(400, "A frame could not be parsed or arrived out of order.", "Update agent and cloud to the same version. If that does not help, report it."),
  PROTOCOL_VERSION: refused(426, "Agent and cloud have no protocol version in common.", "Update the older of the two."),
  LINK_CLOSED: temporary(503, "The link closed before the answer arrived.", "Try again. The agent reconnects without help."),

  // The store
  STORE_UNAVAILABLE: temporary(503, "Redis does not answer.", "Check redis.url. With the embedded server, check dataDirectory and the free space on its disk."),
  STORE_FULL: temporary(503, "Redis has reached its memory limit and refuses to store more.", "Give Redis more memory, and set maxmemory to match: redis-cli -u REDIS-URL CONFIG SET maxmemory 2gb"),
  REDIS_MISSING: usage(500, "This host has no redis-server of version 7 or newer.", "Install it (apt-get install redis-server), or set redis.url to a Redis server that you run."),
  RECORD_CORRUPT: { http: 500, retryable: false, exit: 1, meaning: "A stored record was altered or cannot be read.", fix: "Restore it from a backup. The log names its key." },
  RECORDS_SEALED: refused(409, "The records of this installation got their authentication codes before, so none can come from an earlier version.", "Treat records without a code as an attack on Redis: restore Redis from a backup, or set them again through the product. Only if you restored a backup of an earlier version: remove the file that the message names, and run the command again."),
  RECORD_FORGED: { http: 500, retryable: false, exit: 1, meaning: "A stored record has no valid authentication code: something other than a cloud node wrote it, or it comes from an earlier version.", fix: "After an upgrade, run on a cloud node: latchkey-cloud records seal --adopt-unsigned. Otherwise treat it as an attack on Redis: the message and the audit entries record.refused (latchkey audit list) name the record; set it again through the product." },
  AUDIT_BROKEN: refused(409, "The audit chain does not verify.", "Treat it as an incident. The message names the first entry that was altered, removed or moved."),

  // Sync
  SYNC_RUN_UNKNOWN: usage(404, "No sync run has this id.", "List the runs with: latchkey sync list"),
  SYNC_NOT_HELD: refused(409, "This run is not waiting for approval.", "List the held runs with: latchkey sync held"),
  SYNC_LEASE_LOST: temporary(409, "Another agent has taken over the sync.", "Nothing to do: the other agent continues from the same place."),
  SYNC_FAILED: temporary(502, "The sync run failed before its end. The cursor did not move.", "Read the reason with: latchkey sync show RUN. The next run starts from the same place."),
  SYNC_GAP: temporary(409, "The batch before this one is missing.", "Nothing to do: the agent starts the run again from the stored cursor."),
  SYNC_EMPTY: refused(409, "The directory returned no users, although the cloud holds some. Nothing was deleted.", "Check directory.bases, directory.filter, directory.groups and the rights of directory.bind: latchkey-agent doctor"),
  SYNC_NOBODY_USABLE: refused(422, "The directory returned entries, and none of them can be used. Nothing was deleted.", "Correct what the message names in the agent's configuration, or the right to read it, then check with: latchkey-agent doctor"),
  SYNC_TOO_MANY_REJECTED: refused(422, "The entries of more known users cannot be used now than a run may delete. Nothing was deleted, and the cursor did not move.", "List the entries with: latchkey sync show RUN. Mend the attribute or the right that they lack. If it is intended, exclude them with directory.filter."),
  SCOPE_BASE_MISSING: refused(422, "An entry of directory.bases does not exist in the directory. Nothing was deleted.", "Correct the DN in directory.bases, or restore the OU."),
  SCOPE_GROUP_UNUSABLE: refused(422, "A group of directory.groups, or one that directory.filter names, cannot be found, or its members cannot be read. Nothing was deleted.", "See which group it is, and what to do: latchkey-agent doctor"),

  SOURCE_UNKNOWN: usage(404, "The tenant has no source of this name or number.", "List the sources with: latchkey source list"),
  SOURCE_EXISTS: refused(409, "Another source of the tenant has this name.", "Choose another name. List those in use with: latchkey source list"),
  SOURCE_IN_USE: refused(409, "The source cannot be removed yet.", "Do what the message says, then remove it again: latchkey source remove NAME"),

  // The directory
  DIRECTORY_UNAVAILABLE: temporary(503, "No directory server answers.", "Check directory.servers, the network and the servers: latchkey-agent doctor"),
  DIRECTORY_BUSY: temporary(503, "The directory server is busy.", "Nothing to do: the agent tries again."),
  DIRECTORY_LIMIT: refused(502, "A limit of the directory server ended a search of the agent's account.", "Raise the limit that the message names, for the agent's account only. It does not pass by itself."),
  DIRECTORY_TIMEOUT: temporary(504, "The directory did not answer in time.", "Check the load of the server. If it is always slow, raise directory.operationTimeoutMs."),
  DIRECTORY_CERTIFICATE_INVALID: refused(502, "The directory's TLS certificate is not trusted or has another name.", "Set directory.caFile to the authority that issued it, and use the name in the certificate in directory.servers. Verification cannot be turned off."),
  DIRECTORY_TLS_FAILED: refused(502, "The agent and the directory server could not agree on TLS.", "Mend what the message names on the server: the agent needs TLS 1.2 or newer. Verification cannot be turned off."),
  DIRECTORY_TLS_REQUIRED: usage(500, "The connection to the directory is configured without encryption.", "Use ldaps:// in directory.servers, or set directory.startTls: true for ldap://"),
  DIRECTORY_BIND_FAILED: refused(502, "The directory refused the agent's own sign-in.", "Check directory.bind (or directory.writebackBind): the DN and the password, or how the server maps the certificate; and that the account is neither locked nor expired."),
  DIRECTORY_CLIENT_CERTIFICATE: refused(502, "The agent's own certificate for the directory cannot be used.", "Mend the file that the message names, on the agent's host. It is read again for each new connection; no restart is needed."),
  DIRECTORY_ACCESS_DENIED: refused(403, "The agent's account does not have a right that it needs in the directory.", "Print the command that grants the right: latchkey-agent doctor --user NAME"),
  DIRECTORY_PROTOCOL: refused(502, "The directory's answer could not be understood.", "Check that directory.servers are LDAP servers. If they are, report it with the agent's log."),
  DIRECTORY_UNSUPPORTED: refused(501, "The directory does not support a feature that this needs.", "See what the server supports, and what the agent uses instead: latchkey-agent doctor"),
  DIRECTORY_REFERRAL: refused(502, "The directory referred the agent to another server.", "Point directory.servers at a writable server that holds the entry."),
  DIRECTORY_ERROR: refused(502, "The directory answered with an error.", "Look up the result code that the message gives in your directory's documentation."),

  // Writeback: what stops a job before the directory
  IDEMPOTENCY_CONFLICT: refused(409, "This idempotency key was already used for another request.", "Use a new key for a new request."),
  WRITEBACK_UNKNOWN: usage(404, "No writeback has this id.", "Records are kept for a limited time only. Older ones are in the audit: latchkey audit list"),
  WRITEBACK_DRAFT_INVALID: refused(409, "The draft was altered or has expired.", "Request a new draft and seal the password again."),
  WRITEBACK_DISABLED: refused(403, "Writeback is turned off on the agent.", "Set writeback.enabled: true in the agent's configuration and restart the agent."),
  QUEUE_FULL: temporary(503, "Too many writebacks of this tenant are waiting.", "Wait, and find out why the agent does not take them: latchkey-agent status"),
  JOB_EXPIRED: temporary(504, "No agent took the writeback in time. Nothing was changed.", "Try again. If it happens again, look at the agents: latchkey agent list"),
  JOB_CANCELLED: refused(409, "The writeback was cancelled before an agent started it. Nothing was changed.", "Start a new one if you still need it."),
  JOB_SUPERSEDED: refused(409, "A newer writeback for the same user replaced this one. Nothing was changed.", "See the newer one with: latchkey writeback list"),
  JOB_GRANTED: refused(409, "The writeback is being applied and can no longer be cancelled.", "Wait for its result: latchkey writeback show ID"),
  JOB_SIGNATURE_INVALID: refused(403, "The job is not signed by the issuer key that was pinned at enrolment.", "Treat it as an incident: an attacker may be able to write to the queue."),
  SEAL_INVALID: refused(403, "The sealed password cannot be opened, or was sealed for another job.", "If an agent was enrolled or changed its sealing key a moment ago, try again. Otherwise treat it as an incident."),
  NOT_SEALED_TO_AGENT: temporary(409, "The password was not sealed to this agent.", "Nothing to do if another agent is connected: it takes the job. Otherwise start a new writeback."),
  JOURNAL_UNAVAILABLE: temporary(503, "The agent cannot write its journal.", "Free disk space for stateDirectory. The agent still delivers the results it has."),

  // Writeback: the agent refuses
  ACCOUNT_PROTECTED: refused(403, "The account is privileged and protected against self-service.", "An administrator resets it in the directory."),
  ACCOUNT_DISABLED: refused(403, "The account is disabled in the directory.", "An administrator enables it in the directory first."),
  ACCOUNT_EXPIRED: refused(403, "The account has expired in the directory.", "An administrator extends it in the directory first."),
  ACCOUNT_STATE_UNREADABLE: refused(403, "The directory does not show the agent whether the account is open.", "Run: latchkey-agent doctor --user NAME. It names the attribute that cannot be read; correct its value, or grant the right with: latchkey-agent doctor --print-permissions"),
  ACCOUNT_OUT_OF_SCOPE: refused(403, "The account is not covered by directory.bases, directory.filter and directory.groups.", "Extend those keys in the agent's configuration, or reset the password in the directory."),
  ACCOUNT_DENIED: refused(403, "The account is on the agent's deny list.", "To allow it, remove it from writeback.deny in the agent's configuration."),
  PROTECTION_UNKNOWN: refused(503, "The agent cannot tell whether the account is protected: its configuration names a group or an account that it does not find in the directory.", "See which name it is, and what to do, on the agent's host: latchkey-agent doctor"),
  BRAKE_ENGAGED: refused(429, "The agent's brake stopped writebacks because there were too many in a short time.", "If the number is expected, release the brake on the agent's host: latchkey-agent brake release"),
  TOO_MANY_WRITES: refused(429, "Too many new passwords were tried for this account in a short time. Other accounts are not affected.", "Wait a quarter of an hour, then choose a password that meets the rules. The cloud's limit is lifted with: latchkey user unblock NAME. The agent's is writeback.maxPerUser."),
  PASSWORD_BANNED: refused(422, "The password is too easy to guess: it is a common one, or little more than a banned word.", "Choose another password."),
  PASSWORD_OWN_NAME: refused(422, "The password is little more than the user's own name.", "Choose a password without the name, or with at least four other letters."),
  PASSWORD_BREACHED: refused(422, "The password is on lists of stolen passwords, which attackers try first.", "Choose another password, and change this one everywhere else you use it."),

  // Writeback: the directory's verdict
  PASSWORD_TOO_SHORT: refused(422, "The password is shorter than the directory allows.", "Choose a longer password. The answer gives the minimum length."),
  PASSWORD_TOO_LONG: refused(422, "The password is longer than the directory allows.", "Choose a shorter password."),
  PASSWORD_EMPTY: refused(422, "The password is empty.", "Enter a password."),
  PASSWORD_COMPLEXITY: refused(422, "The password does not mix enough kinds of characters, or it contains the user's name.", "Use at least three of: uppercase letters, lowercase letters, numbers, symbols. Leave your name out."),
  PASSWORD_IN_HISTORY: refused(422, "The password was used before.", "Choose a password that you have not used recently."),
  PASSWORD_TOO_YOUNG: refused(422, "The password was changed too recently to be changed again.", "Wait until the time in the answer."),
  PASSWORD_POLICY: refused(422, "The directory's password policy refused the password and does not say which rule it breaks.", "Choose a longer password with more kinds of characters that you have not used before."),
  PASSWORD_CHANGE_FORBIDDEN: refused(403, "The directory does not allow this password to be changed.", "Check the settings of the account and of the password policy in the directory."),
  OLD_PASSWORD_WRONG: refused(422, "The current password is incorrect.", "Enter the current password, or reset the password instead."),
  DIRECTORY_USER_NOT_FOUND: refused(404, "The user is no longer in the directory.", "Check whether the user was deleted, then sync: latchkey sync start --user NAME --wait"),
  VERDICT_UNKNOWN: temporary(504, "The directory did not confirm the change, so it may or may not have been made.", "Try the new password, or try again. The result is corrected as soon as it is known."),
  NOT_APPLIED: temporary(503, "Nothing was changed in the directory.", "Try again."),
} as const satisfies Record<string, ErrorInfo>;

export type ErrorCode = keyof typeof ERRORS;
export const ERROR_CODES = Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]];

/**
 * The error thrown for everything that stops the work. Expected outcomes (a refused password) are values, not errors.
 */
export class AppError extends Error {
  readonly code: ErrorCode;
  /** Further facts for the reader and the log. Bounded, and never a secret. */
  readonly details: Readonly<Record<string, unknown>>;

  /**
   * `message` defaults to the table's meaning. Give one wherever the caller knows more, such as the value that is
   * wrong.
   */
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

/** Keeps an AppError as it is, with its code, and makes INTERNAL of every other error. */
export function toAppError(error: unknown): AppError {
  return error instanceof AppError ? error : new AppError("INTERNAL", undefined, { cause: error });
}
