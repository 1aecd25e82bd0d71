import type { Catalogue } from "./catalogue.ts";

export const en: Catalogue = {
  otp: {
    subject: "Your verification code for {tenant}",
    before: "Your verification code is:",
    after: [
      "This code expires in {minutes} minutes and can be used only once. Enter it on the page where you requested it.",
      "Do not share this code. We will never ask you for it by phone or email. If you did not request it, ignore this email.",
    ],
    text: "{tenant}: {otp} is your verification code. Do not share it with anyone.",
    call: {
      ask: "Hello. This is {tenant}. To hear the verification code you requested, press any key.",
      intro: "Your code is:",
      again: "Once again, your code is:",
      end: "Do not share this code with anyone. Goodbye.",
    },
  },
  test: {
    subject: "Test message",
    line: "{tenant}: this is a test message from account recovery. You do not need to do anything.",
    ask: "Hello. This is a test call from {tenant}. To hear the test message, press any key.",
  },
  notices: {
    password_reset: {
      subject: "Your password was reset",
      lines: [
        "The password for your account {userName} was reset. A new password was set.",
        "Verified with: {method}.",
        "Verification methods set up or confirmed in the last 30 days: {recent}. If one of them is not yours, contact your administrator now.",
      ],
      text: "{tenant}: the password for your account was reset. If this wasn't you, contact your administrator now.",
    },
    password_changed: {
      subject: "Your password was changed",
      lines: ["The password for your account {userName} was changed by someone who knew the old password."],
      text: "{tenant}: the password for your account was changed. If this wasn't you, contact your administrator now.",
    },
    account_unlocked: {
      subject: "Your account was unlocked",
      lines: [
        "Your account {userName} was unlocked. The password was not changed.",
        "Verified with: {method}.",
        "Verification methods set up or confirmed in the last 30 days: {recent}. If one of them is not yours, contact your administrator now.",
      ],
      text: "{tenant}: your account was unlocked. If this wasn't you, contact your administrator now.",
    },
    reset_impossible: {
      subject: "Your password could not be reset",
      lines: [
        "Someone, probably you, tried to reset the password for the account {userName} or to unlock the account. This was not possible: {reason}",
        "You can try again from {until}.",
        "Contact your administrator for help.",
      ],
      text: "{tenant}: your password cannot be reset on the portal. Contact your administrator for help.",
    },
    sign_in_impossible: {
      subject: "You cannot sign in with your account",
      lines: [
        "Someone, probably you, tried to sign in to the portal with the account {userName}. This was not possible: {reason}",
        "Contact your administrator for help.",
      ],
      text: "{tenant}: you cannot sign in to the portal with your account. Contact your administrator for help.",
    },
    self_service_blocked: {
      subject: "Password reset is temporarily blocked for your account",
      lines: [
        "There were too many failed attempts to reset the password for the account {userName}. Nothing was changed. To protect your account, password reset on the portal is temporarily blocked.",
        "You can try again from {until}. Your administrator can unblock it earlier.",
      ],
      text: "{tenant}: too many failed attempts to reset your password. Nothing was changed. Password reset is temporarily blocked.",
    },
    method_added: {
      subject: "A verification method was added or confirmed",
      lines: ["This verification method was added or confirmed for your account {userName}: {method}."],
      text: "{tenant}: a verification method was added to your account or confirmed. If this wasn't you, contact your administrator now.",
    },
    method_removed: {
      subject: "A verification method was removed",
      lines: ["This verification method was removed from your account {userName}: {method}."],
      text: "{tenant}: a verification method was removed from your account. If this wasn't you, contact your administrator now.",
    },
    method_waits: {
      subject: "A verification method was added and is waiting",
      lines: [
        "This verification method was added to your account {userName}: {method}.",
        "It was added by someone who knows your password and proved nothing else. To protect your account, it cannot be used to reset your password before {until}.",
      ],
      text: "{tenant}: a verification method was added to your account with the password alone. If this wasn't you, contact your administrator now.",
    },
    method_removal_waits: {
      subject: "A verification method will be removed",
      lines: [
        "Someone asked to remove this verification method from your account {userName}: {method}.",
        "This person knows your password and proved nothing else. To protect your account, the method is removed only on {until}. If this wasn't you, contact your administrator before then.",
      ],
      text: "{tenant}: removal of a verification method was asked for with your password alone. If this wasn't you, contact your administrator now.",
    },
    number_changed: {
      subject: "Your contact details were changed",
      lines: [
        "Your organisation now has different contact details on file for your account {userName}: {changed}.",
        "To protect your account, you cannot reset your password with the new ones before {until}.",
      ],
      text: "{tenant}: contact details for your account were changed. If this wasn't you, contact your administrator now.",
    },
    outcome_known: {
      subject: "Result of your request",
      lines: [
        "At first, we could not confirm the result of your request for the account {userName} ({operation}). We now know the result: {outcome}",
      ],
      text: "{tenant}: result of your request: {outcome}",
    },
    admin_privileged_reset: {
      subject: "A privileged account used self-service",
      lines: [
        "The privileged account {userName} used self-service: {operation}.",
        "Name: {displayName}.",
        "Verified with: {method}.",
        "If you did not expect this, treat it as a security incident: lock the account and check the audit log.",
      ],
      text: null,
    },
    admin_contact_request: {
      subject: "A user asks for help with their account",
      lines: [
        "A user who entered the user name {userName} cannot get back into the account and asks for your help.",
        "{proven}",
        "Reason: {reason}",
        "Their message: {message}",
        "Call the user back on a number that you already know, not on a number from this message.",
      ],
      text: null,
    },
    admin_agent_enrolled: {
      subject: "A new agent was enrolled",
      lines: [
        "The agent {agentName} was enrolled on the host {hostName}. It receives no passwords until an administrator approves it.",
        "Its fingerprint is {fingerprint}. Before you approve the agent, compare this with the fingerprint the agent printed.",
        "If you did not expect a new agent, revoke it now.",
      ],
      text: null,
    },
    admin_security_event: {
      subject: "Something happened that concerns security",
      lines: [
        "{event}",
        "Details: {summary}.",
        "Caused by: {by}.",
        "If you did not expect this, treat it as a security incident. The audit log contains every such event; emails about them are limited.",
      ],
      text: null,
    },
    admin_brake_engaged: {
      subject: "An agent stopped: too many password changes",
      lines: [
        "The brake of the agent {agentName} stopped all password changes: there were too many in a short time.",
        "Find out why. If the changes were legitimate, release the brake on the agent's host.",
      ],
      text: null,
    },
    admin_other_directory: {
      subject: "An agent serves another directory",
      lines: [
        "The agent {agentName} reads the directory {directory}, which is not the directory of its source. It syncs nobody and receives no passwords.",
        "Correct the servers in the agent's configuration. If the directory was replaced on purpose, enrol a new agent for it.",
      ],
      text: null,
    },
    admin_breaker_opened: {
      subject: "Self-service was restricted: signs of abuse",
      lines: [
        "Of {sent} text messages and calls in the last hour, only {verified} led to a successful verification. Someone may be running up your bill, so text messages and calls stop for one hour for users who have never verified themselves before. An administrator can lift this with “latchkey limits lift unused_codes”.",
        "In the last hour, incorrect codes were entered for at least {failed} user names, from many networks. Someone may be guessing codes, so a reset now needs two verification methods. Users with one method wait two minutes longer.",
        "Other verification methods still work.",
      ],
      text: null,
    },
    admin_policy_changed: {
      subject: "The self-service policy was changed",
      lines: [
        "Version {version} of the policy was applied.",
        "Applied by: {by}.",
        "Changes: {summary}",
        "If you did not expect this, check the audit log.",
      ],
      text: null,
    },
    admin_deletes_held: {
      subject: "Deletions are waiting for your approval",
      lines: [
        "The directory sync would delete {count} users. This is more than usual, so no users were deleted.",
        "Review the list, then approve or discard the deletions.",
      ],
      text: null,
    },
    admin_numbers_changed: {
      subject: "Many phone numbers or addresses changed at once",
      lines: [
        "The phone numbers or alternative email addresses of {count} users changed in one directory sync. Each of these users is notified at the old ones.",
        "If you did not expect this, treat it as a security incident: phone numbers and addresses can be used to reset a password.",
        "The new ones cannot be used to reset a password until the hold time in the policy is over.",
      ],
      text: null,
    },
  },
  greeting: "Hello {displayName},",
  plainGreeting: "Hello,",
  notYou: "If this wasn't you, contact your administrator now.",
  notYouTell: "If this wasn't you, contact your administrator now: {contact}.",
  time: "Time: {time}",
  reference: "Reference: {reference}",
  automatic:
    "{tenant} sent this email automatically. It contains no links and never asks for a password or a code.",
  methods: {
    text: "text message to the mobile phone",
    call: "call to the mobile phone",
    office_call: "call to the office phone",
    email: "email to the alternate address",
    authenticator: "authenticator app",
    recovery_code: "recovery codes",
    questions: "security questions",
  },
  destinations: {
    mobile: "mobile number",
    officePhone: "office number",
    alternateEmail: "alternative email address",
  },
  reasons: {
    ACCOUNT_PROTECTED: "the account is a privileged account.",
    ACCOUNT_DISABLED: "the account is disabled.",
    ACCOUNT_EXPIRED: "the account has expired.",
    ACCOUNT_STATE_UNREADABLE: "it cannot be seen whether the account is open.",
    ACCOUNT_OUT_OF_SCOPE: "self-service is not available for this account.",
    ACCOUNT_DENIED: "your organisation has excluded the account from self-service.",
    PROTECTION_UNKNOWN:
      "the server of your organisation cannot tell at the moment whether the account may use self-service.",
    DIRECTORY_USER_NOT_FOUND: "the account no longer exists in the directory.",
    account_locked:
      "the account is locked after too many incorrect passwords. If your organisation allows it, you can unlock the account yourself on the portal.",
    policy_group_missing: "a group in your organisation’s self-service rules cannot be found at the moment.",
    not_in_policy: "your organisation has not enabled self-service for the account.",
    unlock_off: "your organisation does not offer account unlock without a new password.",
    too_few_methods: "the account does not have enough verification methods.",
    number_held: "the phone number was changed recently and cannot be used yet.",
    user_gone: "the account no longer exists.",
  },
  events: {
    agent_approved: "An agent was approved. It can now set passwords and supply phone numbers.",
    agent_revoked: "An agent was revoked. It no longer sets passwords or supplies phone numbers.",
    agent_locked:
      "An agent was locked because a copy of it exists. Revoke the agent, find the copy, and enrol the agent again.",
    agent_ahead:
      "An agent was refused because it counts more connections than the cloud. A copy may be guessing, or Redis was restored from a backup.",
    agent_sessions_swapped:
      "Two programs take turns at using the identity of one agent. One of them may be a copy.",
    key_created: "An API key was created that can change something.",
    key_revoked: "An API key was revoked that could change something.",
    settings_changed: "A setting that protects your users was changed.",
    source_removed: "The removal of a directory and its users was requested.",
    audit_broken: "The audit log is damaged: an entry was altered, removed or moved.",
    records_sealed: "All stored records were sealed again with a command.",
    record_refused:
      "A stored record was refused because it is not authentic. Someone may be able to write to the store.",
    limit_engaged: "A limit now withholds something from many users.",
    names_shared:
      "A sync brought many user names that users of another directory of yours have too. These names find nobody until only one directory has them. List them with: latchkey user search --ambiguous",
    sign_in_spray: "Someone is guessing the passwords of many users at the registration portal.",
  },
  operations: { reset: "password reset", change: "password change", unlock: "account unlock" },
  outcomes: {
    applied: "the request was successful.",
    refused: "the request was refused. Nothing was changed.",
    not_applied: "the request failed. Nothing was changed.",
  },
  proven: {
    yes: "The user has verified their identity with at least one method.",
    no: "The user has NOT verified their identity. Anyone could have sent this request.",
  },
};
